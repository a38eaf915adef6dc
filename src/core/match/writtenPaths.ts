import { basename, join } from 'node:path';

/** Bounds the work on a command that someone else wrote. */
const LONGEST = 20_000;

interface SimpleCommand {
  words: string[];
  /** What its output is redirected into. */
  into: string[];
}

/** Programs that change or remove every file that they name. */
const ALL = new Set(['tee', 'rm', 'unlink', 'truncate', 'shred', 'mv', 'patch', 'touch']);
/** Programs that write what they name last. */
const LAST = new Set(['cp', 'mv', 'install', 'ln', 'rsync']);
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
  for (const { words, into } of commandsOf(command.slice(0, LONGEST))) {
    paths.push(...into);
    const start = words.findIndex((word) => !PREFIX.test(word));
    if (start === -1) continue;
    const name = basename(words[start] ?? '');
    const args = words.slice(start + 1);
    if (name === 'cd') dirs.push(...args.filter((arg) => !arg.startsWith('-')).slice(0, 1));
    else paths.push(...writtenBy(name, args));
  }
  return { paths, dirs };
}

function writtenBy(name: string, args: string[]): string[] {
  const named = args.filter((arg) => !arg.startsWith('-'));
  if (name === 'dd') return named.filter((arg) => arg.startsWith('of=')).map((arg) => arg.slice('of='.length));
  if (IN_PLACE.has(name)) return args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg)) ? named : [];
  const last = named.at(-1);
  if (!LAST.has(name) || last === undefined) return ALL.has(name) ? named : [];
  // onto a file, or under its own name into a folder
  const targets = [last, ...named.slice(0, -1).map((source) => join(last, basename(source)))];
  return ALL.has(name) ? [...named, ...targets] : targets;
}

/** The simple commands of a command line with their words, quotes taken off, and what they are redirected into. */
function commandsOf(text: string): SimpleCommand[] {
  const commands: SimpleCommand[] = [];
  let current: SimpleCommand = { words: [], into: [] };
  let word: string | undefined;
  let redirected = false;
  let quote = '';
  const endWord = (): void => {
    if (word === undefined) return;
    (redirected ? current.into : current.words).push(word);
    redirected = false;
    word = undefined;
  };
  const endCommand = (): void => {
    endWord();
    redirected = false;
    if (current.words.length + current.into.length > 0) commands.push(current);
    current = { words: [], into: [] };
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\' && quote !== "'") word = (word ?? '') + (text[++i] ?? '');
    else if (quote !== '') {
      if (c === quote) quote = '';
      else word += c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (c === '>') {
      // the number of a stream is no word, and `>&2` is no file
      if (word !== undefined && /^(\d+|&)$/.test(word)) word = undefined;
      endWord();
      while (text[i + 1] === '>' || text[i + 1] === '|') i++;
      redirected = text[i + 1] !== '&';
    } else if (c === '&' && text[i + 1] === '>') {
      endWord();
    } else if (';&|\n()`{}'.includes(c)) endCommand();
    else if (/\s/.test(c)) endWord();
    else word = (word ?? '') + c;
  }
  endCommand();
  return commands;
}
