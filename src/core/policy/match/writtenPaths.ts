import { basename, join } from 'node:path';

/** Bounds the work on a command that someone else wrote. */
const MAX_CHARS = 20_000;

interface SimpleCommand {
  tokens: string[];
  /** What its output is redirected into. */
  redirects: string[];
}

/** Programs that change or remove every file that they name. */
const WRITES_ALL_ARGS = new Set(['tee', 'rm', 'unlink', 'truncate', 'shred', 'mv', 'patch', 'touch']);
/** Programs that write what they name last. */
const WRITES_LAST_ARG = new Set(['cp', 'mv', 'install', 'ln', 'rsync']);
/** Programs that write the files that they name when told to do so in place. */
const IN_PLACE = new Set(['sed', 'perl', 'ruby', 'awk', 'gawk']);
const PREFIX = /^([A-Za-z_][A-Za-z0-9_]*=.*|!|command|exec|sudo|env|time|nohup|then|do|else)$/;

/**
 * The paths that a shell command line says it writes, moves or removes, as far as that can be read from it: redirections,
 * `tee`, `sed -i`, `mv`, `cp` and the like. What a script does inside it does not tell. `dirs` are the folders that it
 * changes into, against which relative paths may be meant.
 */
export function writtenPaths(command: string): { paths: string[]; dirs: string[] } {
  const paths: string[] = [];
  const dirs: string[] = [];
  for (const { tokens, redirects } of commandsOf(command.slice(0, MAX_CHARS))) {
    paths.push(...redirects);
    const start = tokens.findIndex((token) => !PREFIX.test(token));
    if (start === -1) continue;
    const name = basename(tokens[start] ?? '');
    const args = tokens.slice(start + 1);
    if (name === 'cd') dirs.push(...args.filter((arg) => !arg.startsWith('-')).slice(0, 1));
    else paths.push(...pathsWrittenBy(name, args));
  }
  return { paths, dirs };
}

function pathsWrittenBy(name: string, args: string[]): string[] {
  const operands = args.filter((arg) => !arg.startsWith('-'));
  if (name === 'dd') return operands.filter((arg) => arg.startsWith('of=')).map((arg) => arg.slice('of='.length));
  if (IN_PLACE.has(name)) return args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg)) ? operands : [];
  const last = operands.at(-1);
  if (!WRITES_LAST_ARG.has(name) || last === undefined) return WRITES_ALL_ARGS.has(name) ? operands : [];
  // onto a file, or under its own name into a folder
  const targets = [last, ...operands.slice(0, -1).map((source) => join(last, basename(source)))];
  return WRITES_ALL_ARGS.has(name) ? [...operands, ...targets] : targets;
}

/** The simple commands of a command line with their words, quotes taken off, and what they are redirected into. */
function commandsOf(text: string): SimpleCommand[] {
  const commands: SimpleCommand[] = [];
  let current: SimpleCommand = { tokens: [], redirects: [] };
  let token: string | undefined;
  let redirected = false;
  let quote = '';
  const endToken = (): void => {
    if (token === undefined) return;
    (redirected ? current.redirects : current.tokens).push(token);
    redirected = false;
    token = undefined;
  };
  const endCommand = (): void => {
    endToken();
    redirected = false;
    if (current.tokens.length + current.redirects.length > 0) commands.push(current);
    current = { tokens: [], redirects: [] };
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\' && quote !== "'") token = (token ?? '') + (text[++i] ?? '');
    else if (quote !== '') {
      if (c === quote) quote = '';
      else token += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      token ??= '';
    } else if (c === '>') {
      // the number of a stream is no word, and `>&2` is no file
      if (token !== undefined && /^(\d+|&)$/.test(token)) token = undefined;
      endToken();
      while (text[i + 1] === '>' || text[i + 1] === '|') i++;
      redirected = text[i + 1] !== '&';
    } else if (c === '&' && text[i + 1] === '>') {
      endToken();
    } else if (';&|\n()`{}'.includes(c)) endCommand();
    else if (/\s/.test(c)) endToken();
    else token = (token ?? '') + c;
  }
  endCommand();
  return commands;
}
