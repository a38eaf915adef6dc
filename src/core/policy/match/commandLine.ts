/** The part of a command line that is read: its text comes from a model or from a log. */
const MAX_CHARS = 20_000;

const SEPARATOR = /[;&|\n()`{}]/y;
/** A separator, or a redirection of output (`>`, `>>`, `>|`, `&>`). */
const SEPARATOR_OR_REDIRECT = /&?>[>|]*|[;&|\n()`{}]/y;

/** What may precede the program of a simple command: assignments, keywords, and programs that run another one. */
const PREFIX = /^([A-Za-z_][A-Za-z0-9_]*=.*|!|command|exec|sudo|env|time|nohup|then|do|else)$/;

/** A token without its quotes and backslashes, or an operator. `start` and `end` are offsets in the text. */
interface Lexeme {
  text: string;
  start: number;
  end: number;
  operator: boolean;
}

/**
 * Splits a text at blanks and at operators outside quotes; a backslash takes the next character literally, except in
 * single quotes. `unclosed` is the quote, or the backslash without a next character, with which the text ends.
 */
function lex(text: string, operators?: RegExp): { lexemes: Lexeme[]; unclosed: string } {
  const lexemes: Lexeme[] = [];
  let token: Lexeme | undefined;
  let quote = '';
  let pos = 0;
  while (pos < text.length) {
    const c = text[pos] ?? '';
    const operator = quote === '' ? operatorAt(text, pos, operators) : undefined;
    if (operator !== undefined || (quote === '' && /\s/.test(c))) {
      token = undefined;
      const end = pos + (operator ?? c).length;
      if (operator !== undefined) lexemes.push({ text: operator, start: pos, end, operator: true });
      pos = end;
      continue;
    }
    if (token === undefined) lexemes.push((token = { text: '', start: pos, end: pos, operator: false }));
    if (c === '\\' && quote !== "'") token.text += text[++pos] ?? '';
    else if (c === quote) quote = '';
    else if (quote === '' && (c === '"' || c === "'")) quote = c;
    else token.text += c;
    token.end = ++pos;
  }
  return { lexemes, unclosed: quote === '' && pos > text.length ? '\\' : quote };
}

function operatorAt(text: string, pos: number, operators: RegExp | undefined): string | undefined {
  if (operators === undefined) return undefined;
  operators.lastIndex = pos;
  return operators.exec(text)?.[0];
}

/**
 * The texts of the simple commands of a shell command line, split at `;`, `&`, `|`, newlines and brackets outside
 * quotes. Prefixes and `git -C <dir>` are removed, so that `git merge*` matches `cd x && A=1 git -C y merge z`.
 */
export function simpleCommands(command: string): string[] {
  const text = command.slice(0, MAX_CHARS);
  const separators = lex(text, SEPARATOR).lexemes.filter(({ operator }) => operator);
  const starts = [0, ...separators.map(({ end }) => end)];
  return starts
    .map((start, i) => normalize(text.slice(start, separators[i]?.start)))
    .filter((simpleCommand) => simpleCommand !== '');
}

/** A simple command with single blanks, without prefixes, without git's options before its verb. */
function normalize(text: string): string {
  const tokens = stripPrefixes(text.trim().split(/\s+/));
  if (tokens[0]?.split('/').at(-1) !== 'git') return tokens.join(' ');
  let rest = tokens.slice(1);
  for (;;) {
    if (rest[0] === '-C' || rest[0] === '-c') rest = rest.slice(2);
    else if (/^(--no-pager|-P|--git-dir=.*|--work-tree=.*)$/.test(rest[0] ?? '')) rest = rest.slice(1);
    else return ['git', ...rest].join(' ');
  }
}

function stripPrefixes(tokens: string[]): string[] {
  const start = tokens.findIndex((token) => !PREFIX.test(token));
  return start === -1 ? [] : tokens.slice(start);
}

/** A simple command: its program and arguments without quotes and prefixes, and the files of its redirected output. */
interface SimpleCommand {
  tokens: string[];
  redirects: string[];
}

/** The simple commands of a shell command line. */
export function parseCommands(command: string): SimpleCommand[] {
  const text = command.slice(0, MAX_CHARS);
  const { lexemes } = lex(text, SEPARATOR_OR_REDIRECT);
  let current: SimpleCommand = { tokens: [], redirects: [] };
  const commands = [current];
  let redirected = false;
  for (const [i, lexeme] of lexemes.entries()) {
    const next = lexemes[i + 1];
    const isStream = next?.operator === true && next.start === lexeme.end && next.text.startsWith('>');
    if (lexeme.operator && lexeme.text.includes('>')) {
      // `>&2` names a stream, not a file
      redirected = text[lexeme.end] !== '&';
    } else if (lexeme.operator) {
      redirected = false;
      commands.push((current = { tokens: [], redirects: [] }));
    } else if (!(isStream && /^(\d+|&)$/.test(lexeme.text))) {
      (redirected ? current.redirects : current.tokens).push(lexeme.text);
      redirected = false;
    }
  }
  return commands.map(({ tokens, redirects }) => ({ tokens: stripPrefixes(tokens), redirects }));
}

/** Splits a command into arguments, without a shell's operators and expansion. Undefined if a quote is not closed. */
export function splitCommand(command: string): string[] | undefined {
  const { lexemes, unclosed } = lex(command);
  const args = lexemes.map(({ text }) => text);
  if (unclosed === '') return args;
  // a backslash at the very end stands for itself
  return unclosed === '\\' ? [...args.slice(0, -1), `${args.at(-1) ?? ''}\\`] : undefined;
}

/** An argument as a person reads it: quoted unless it is plain. */
export const quoteArg = (arg: string): string => (/^[A-Za-z0-9_./:=@%+,{}-]+$/.test(arg) ? arg : JSON.stringify(arg));

/** Arguments as one line that a person reads. */
export const formatCommand = (args: readonly string[]): string => args.map(quoteArg).join(' ');
