import type { Word } from 'unbash';
import { expandWord, UNKNOWN, Variables } from './fields.ts';
import { isBroken, parseShell } from './parseShell.ts';

const VERBS = ['wait', 'status', 'resolve'];
const PLAIN = /^[A-Za-z0-9_.:/@%+=,-]+$/;
/** Longer than a text of a resolution may be. */
const MAX_CHARS = 20_000;

/**
 * Whether a Bash command is exactly one call of Fermata's own command that a blocked Conductor may always make:
 * `<cli> wait|status|resolve …`, with plain arguments and at most one free text, for `resolve`. A shell must find nothing
 * to expand, join or redirect in it. `cli` is the absolute path of the installed command.
 */
export function isExemptCommand(command: string, cli: string): boolean {
  const words = onlyWords(command);
  if (words === undefined) return false;
  const [program, verb, ...args] = words;
  if (program?.text !== cli || verb === undefined || !VERBS.includes(verb.source)) return false;
  const free = args.filter(({ source }) => !PLAIN.test(source));
  return free.length <= 1 && (verb.text === 'resolve' || free.every(({ text }) => PLAIN.test(text)));
}

/** What PowerShell reads otherwise than Bash within quotes, or as quotes. */
const OTHERWISE_IN_POWERSHELL = /[\\`\u2018-\u201f]/;

/** The same of a call: its command runs in the shell that its tool names. */
export function isExemptCall(tool: string | undefined, command: string, cli: string): boolean {
  const isSame = tool === 'Bash' || (tool === 'PowerShell' && !OTHERWISE_IN_POWERSHELL.test(command));
  return isSame && isExemptCommand(command, cli);
}

/** A word, and how it is written. */
interface Literal {
  text: string;
  source: string;
}

/** The words of a text that is one simple command in one line, of literal words alone. */
function onlyWords(command: string): Literal[] | undefined {
  if (command.length > MAX_CHARS || /[\n\r\0]/.test(command)) return undefined;
  const script = parseShell(command);
  if (typeof script === 'string' || isBroken(script)) return undefined;
  const [statement, more] = script.commands;
  const simple = statement?.command;
  if (simple?.type !== 'Command' || more !== undefined || statement?.background) return undefined;
  // a comment, or anything else around the command, is not meant
  if (/[^ \t]/.test(command.slice(0, simple.pos) + command.slice(simple.end))) return undefined;
  const { name, prefix, suffix } = simple;
  if (name === undefined || prefix.length > 0) return undefined;
  const words = [name, ...suffix].map((word) => (word.type === 'Word' ? literal(word) : undefined));
  return words.every((word) => word !== undefined) ? words : undefined;
}

function literal(word: Word): Literal | undefined {
  if (word.text.startsWith('~') || word.parts?.some(({ type }) => !LITERAL_PARTS.includes(type))) return undefined;
  const [fields, more] = expandWord(word, {
    variables: new Variables(),
    spend: () => undefined,
    outputOf: () => undefined,
  });
  const [field] = fields ?? [];
  return more !== undefined || field === undefined || field.shape.includes(UNKNOWN)
    ? undefined
    : { text: field.text, source: word.text };
}

const LITERAL_PARTS = ['Literal', 'SingleQuoted', 'DoubleQuoted'];
