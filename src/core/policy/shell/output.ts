/** What a command prints, where that is known before it runs: what `echo`, `printf` and `cat <<END` get. */
import type { CommandNode, Command, Script } from 'unbash';
import { UNKNOWN, type Field, type Output } from './field.ts';
import { hereDocText, expandWord, type Scope } from './fields.ts';

/** printf uses its format again for the arguments that are left. */
const MAX_ROUNDS = 20;

/** What a script of a single command prints. */
export function scriptOutput(script: Script | undefined, scope: Scope): Output {
  const [statement, more] = script?.commands ?? [];
  const command = statement?.command;
  if (command === undefined || more !== undefined || command.type === 'AndOr' || command.type === 'Pipeline') return {};
  return commandOutput(command, scope);
}

/** What a command prints. */
export function commandOutput(command: CommandNode, scope: Scope): Output {
  if (command.type !== 'Command' || command.name === undefined) return {};
  const words = [command.name, ...command.args].map((word) => (word.type === 'Word' ? expandWord(word, scope) : []));
  if (words.some((alternatives) => alternatives.length !== 1)) return {};
  const [program, ...args] = words.flatMap((alternatives) => alternatives[0] ?? []);
  switch (program?.text.split('/').at(-1)) {
    case 'echo':
      return { text: echoed(args) };
    case 'printf':
      return printed(args);
    case 'cat':
      return args.length === 0 || args[0]?.text === '-' ? commandInput(command, scope) : {};
    case 'which':
      return { text: args[0]?.text };
    case 'command':
    case 'type':
      return args.length === 2 && /^-[vP]$/.test(args[0]?.text ?? '') ? { text: args[1]?.text } : {};
    default:
      return {};
  }
}

/** What a command gets by a heredoc or a here-string. */
export function commandInput(command: Pick<Command, 'redirects'>, scope: Scope): Output {
  const redirect = command.redirects.findLast(({ type }) => type !== 'Redirect');
  if (redirect?.type === 'HereDoc') return { text: hereDocText(redirect, scope) };
  if (redirect?.type !== 'HereString' || redirect.target === undefined) return {};
  const alternatives = expandWord(redirect.target, scope);
  return alternatives.length === 1 ? { text: alternatives[0]?.map(({ text }) => text).join(' ') } : {};
}

function echoed(args: Field[]): string {
  const start = args.findIndex(({ text }) => !/^-[neE]+$/.test(text));
  return unescape(
    args
      .slice(Math.max(start, 0))
      .map(({ text }) => text)
      .join(' '),
  );
}

function printed([format, ...args]: Field[]): Output {
  if (format === undefined || format.shape.includes(UNKNOWN)) return {};
  if (!format.text.includes('%')) return { text: unescape(format.text) };
  const rest = args.map(({ text }) => text);
  let text = '';
  for (let round = 0; round === 0 || (round < MAX_ROUNDS && rest.length > 0); round++) {
    const fill = (spec: string): string => (spec === '%%' ? '%' : (rest.shift() ?? ''));
    text += unescape(format.text).replaceAll(/%(?:%|-?\d*[sbqd])/g, fill);
  }
  return rest.length > 0 ? {} : { text };
}

/** With its escapes of newlines, tabs and characters: a command that `echo` prints with or without them is the same. */
const unescape = (text: string): string =>
  text.replaceAll(
    /\\(?:([nt\\])|x([0-9a-fA-F]{1,2})|0?([0-7]{2,3}))/g,
    (_, simple?: string, hex?: string, oct?: string) => {
      if (simple !== undefined) return simple === 'n' ? '\n' : simple === 't' ? '\t' : '\\';
      return String.fromCharCode(hex === undefined ? parseInt(oct ?? '0', 8) : parseInt(hex, 16));
    },
  );
