/**
 * Splits a command into words as a person writes them: blanks separate, quotes join, a backslash takes the next
 * character literally (not in single quotes). No shell: nothing is expanded. Undefined if a quote stays open.
 */
export function splitCommand(command: string): string[] | undefined {
  const args: string[] = [];
  let arg: string | undefined;
  let quote = '';
  for (let i = 0; i < command.length; i++) {
    const c = command[i] ?? '';
    if (c === '\\' && quote !== "'" && i + 1 < command.length) arg = (arg ?? '') + (command[++i] ?? '');
    else if (quote !== '') {
      if (c === quote) quote = '';
      else arg = (arg ?? '') + c;
    } else if (c === '"' || c === "'") {
      quote = c;
      arg ??= '';
    } else if (/\s/.test(c)) {
      if (arg !== undefined) args.push(arg);
      arg = undefined;
    } else arg = (arg ?? '') + c;
  }
  if (quote !== '') return undefined;
  if (arg !== undefined) args.push(arg);
  return args;
}

/** A word of a command as a person reads it: quoted where it is not plain. */
export const quoteArg = (arg: string): string => (/^[A-Za-z0-9_./:=@%+,{}-]+$/.test(arg) ? arg : JSON.stringify(arg));

/** A command in words. */
export const formatCommand = (args: readonly string[]): string => args.map(quoteArg).join(' ');
