/** A word that every shell takes as it stands. `=` and `~` are not in it: a first word with `=` is an assignment. */
const PLAIN = /^[A-Za-z0-9_./:@%+,-]+$/;

/** A word as a POSIX shell reads it back. The one function for texts that a shell gets, or a person may paste into one. */
export const shellQuote = (word: string): string =>
  PLAIN.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
