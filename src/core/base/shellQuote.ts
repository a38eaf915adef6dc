/** The shells that Fermata writes text for: those of Claude's tools Bash and PowerShell. */
export type Shell = 'sh' | 'powershell';

/** A word that every shell takes as it stands. `=` and `~` are not in it: a first word with `=` is an assignment. */
const PLAIN = /^[A-Za-z0-9_./:@%+,-]+$/;
/** To PowerShell a comma makes a list, `@` takes a variable apart, and what begins with a dash may be cut in two. */
const PLAIN_IN_POWERSHELL = /^(?:[A-Za-z0-9_/:+][A-Za-z0-9_./:+-]*|--?[A-Za-z0-9-]+)$/;
/** PowerShell takes each of these for the other. */
const SINGLE_QUOTES = /['\u2018-\u201b]/g;

/** A word as a shell reads it back. The one function for texts that a shell gets, or a person may paste into one. */
export function shellQuote(word: string, shell: Shell = 'sh'): string {
  if (shell === 'powershell')
    return PLAIN_IN_POWERSHELL.test(word) ? word : `'${word.replaceAll(SINGLE_QUOTES, '$&$&')}'`;
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command as a shell reads it back. To PowerShell a quoted word is a text, unless an operator starts it. */
export const shellCommand = (words: readonly string[], shell: Shell): string =>
  (shell === 'powershell' ? '& ' : '') + words.map((word) => shellQuote(word, shell)).join(' ');

/** A variable whose value is a percent sign: what cmd.exe puts in place of a variable it does not read again. */
export const PERCENT = 'FERMATA_PERCENT';

/**
 * A command as cmd.exe reads it, then a .cmd file that hands its arguments on, then the program behind that: every word between
 * quotes, where nothing but `%` and the quote means anything to cmd.exe. A doubled quote is one to all of them. A line break
 * cannot be written.
 */
export const batchCommand = (words: readonly string[]): string => words.map(batchWord).join(' ');

const batchWord = (word: string): string =>
  `"${word
    .replaceAll(/(\\+)(?="|$)/g, '$1$1')
    .replaceAll('"', '""')
    .replaceAll('%', `%${PERCENT}%`)}"`;
