import type { Word } from 'unbash';
import { ownProgram } from '#core/base/ownCommand.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { slashed } from '#core/base/windowsPath.ts';
import { UNKNOWN } from './field.ts';
import { expandWord, Variables } from './fields.ts';
import { isBroken, parseShell } from './parseShell.ts';
import { powerShellWords } from './powerShellWords.ts';

const VERBS = ['wait', 'status', 'resolve'];
const PLAIN = /^[A-Za-z0-9_.:/@%+=,-]+$/;
/** Longer than a text of a resolution may be. */
const MAX_CHARS = 20_000;

/**
 * Whether a Bash command is exactly one call of Fermata's own command that a blocked Conductor may always make:
 * `<cli> wait|status|resolve …`, with plain arguments and at most one free text, for `resolve`. A shell must find nothing
 * to expand, join or redirect in it. `cli` is the absolute path of the installed command.
 */
export function isExemptCommand(command: string, cli: string, platform: NodeJS.Platform = process.platform): boolean {
  const words = onlyWords(command, cli);
  if (words === undefined) return false;
  const [program, verb, ...args] = words;
  if (program === undefined || !isSamePath(program.text, cli, platform)) return false;
  if (verb === undefined || !VERBS.includes(verb.source)) return false;
  const free = args.filter(({ source }) => !PLAIN.test(source));
  return free.length <= 1 && (verb.text === 'resolve' || free.every(({ text }) => PLAIN.test(text)));
}

/** The same of a call: its command runs in the shell that its tool names. */
export function isExemptCall(
  tool: string | undefined,
  command: string,
  home: string,
  platform: NodeJS.Platform = process.platform,
): boolean {
  if (tool === 'Bash') return isExemptCommand(command, ownProgram(home, 'sh', platform), platform);
  return tool === 'PowerShell' && isExemptInPowerShell(command, ownProgram(home, 'powershell', platform), platform);
}

/**
 * What cmd.exe takes for its own in the arguments of the launcher, in which PowerShell leaves no quotes around a text without
 * blanks: a free text with one of them could be a command.
 */
const OF_CMD = /[&|<>^%!"]|\\$/;

function isExemptInPowerShell(command: string, cli: string, platform: NodeJS.Platform): boolean {
  const words = command.length > MAX_CHARS ? undefined : powerShellWords(command);
  const [program, verb, ...args] = words ?? [];
  if (program === undefined || !isSamePath(program.text, cli, platform)) return false;
  if (verb?.plain !== true || !VERBS.includes(verb.text)) return false;
  if (args.some(({ text }) => OF_CMD.test(text))) return false;
  const free = args.filter(({ plain }) => !plain);
  return free.length <= 1 && (verb.text === 'resolve' || free.every(({ text }) => PLAIN.test(text)));
}

/** Windows distinguishes neither slashes nor capitals. */
const isSamePath = (a: string, b: string, platform: NodeJS.Platform): boolean =>
  a === b || (platform === 'win32' && slashed(a).toLowerCase() === slashed(b).toLowerCase());

/** A word, and how it is written. */
interface Literal {
  text: string;
  source: string;
}

/** The words of a text that is one simple command, of literal words alone, in one line but for those in the program's own path. */
function onlyWords(command: string, cli: string): Literal[] | undefined {
  const beside = command.replace(shellQuote(cli), '');
  if (command.length > MAX_CHARS || /[\n\r\0]/.test(beside)) return undefined;
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
