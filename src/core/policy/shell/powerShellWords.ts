/** A word of the one form that is read: plain, or within quotes in which nothing is expanded. Curly quotes count as quotes to PowerShell. */
const WORD =
  /^(?:'((?:[^'\u2018-\u201b\n\r\0]|'')*)'|"([^"`$\u201c-\u201e\n\r\0]*)"|([A-Za-z0-9_./\\:+=-]+))(?=[ \t]|$)/;

export interface PowerShellWord {
  text: string;
  /** Whether it stands without quotes. */
  plain: boolean;
}

/**
 * The words of a command of PowerShell that is one call of one program: `& 'program' arguments`, or a program without blanks and
 * quotes. Undefined for anything else that PowerShell would read. Pure.
 */
export function powerShellWords(command: string): PowerShellWord[] | undefined {
  const [, operator = '', call = ''] = /^[ \t]*(&[ \t]+)?(.*?)[ \t]*$/s.exec(command) ?? [];
  const words: PowerShellWord[] = [];
  for (let rest = call; rest !== '' || words.length === 0;) {
    const [whole, single, double, plain] = WORD.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    words.push({ text: single?.replaceAll("''", "'") ?? double ?? plain ?? '', plain: plain !== undefined });
    rest = rest.slice(whole.length).replace(/^[ \t]+/, '');
  }
  // without the operator a quoted word is a text and no program
  return operator === '' && words[0]?.plain !== true ? undefined : words;
}
