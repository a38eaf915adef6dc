/**
 * Splits a command into words as a person writes them: blanks separate, quotes join, a backslash takes the next
 * character literally (not in single quotes). No shell: nothing is expanded. Undefined if a quote stays open.
 */
export function commandWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < command.length; i++) {
    const c = command[i] ?? '';
    if (c === '\\' && quote !== "'" && i + 1 < command.length) word = (word ?? '') + (command[++i] ?? '');
    else if (quote !== '') {
      if (c === quote) quote = '';
      else word = (word ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= '';
    } else if (/\s/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (quote !== '') return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** A word of a command as a person reads it: quoted where it is not plain. */
export const quotedWord = (word: string): string =>
  /^[A-Za-z0-9_./:=@%+,{}-]+$/.test(word) ? word : JSON.stringify(word);

/** A command in words. */
export const commandText = (words: readonly string[]): string => words.map(quotedWord).join(' ');
