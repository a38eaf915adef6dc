/** An argument as a person reads it, in one line: quoted unless it is plain. A text for a shell is made by `shellQuote`. */
export const formatArgument = (arg: string): string =>
  /^[A-Za-z0-9_./:=@%+,{}-]+$/.test(arg) ? arg : JSON.stringify(arg);

/** Arguments as one line that a person reads. */
export const formatCommand = (args: readonly string[]): string => args.map(formatArgument).join(' ');
