/** A run of plain characters, escaped characters and quoted texts. A backslash at the very end stands for itself. */
const ARGUMENT = /(?:[^\s"'\\]|\\(?:[^]|$)|"(?:[^"\\]|\\[^])*"|'[^']*')+/g;
const QUOTED = /\\([^])|"((?:[^"\\]|\\[^])*)"|'([^']*)'/g;

/**
 * Splits the command of a setting into the arguments of a program that is started without a shell: quotes and backslashes
 * keep blanks, and nothing else has a meaning. Undefined if a quote is not closed.
 */
export function splitArguments(command: string): string[] | undefined {
  if (/["']/.test(command.replaceAll(ARGUMENT, ''))) return undefined;
  return [...command.matchAll(ARGUMENT)].map(([argument]) =>
    argument.replaceAll(
      QUOTED,
      (_, escaped?: string, double?: string, single?: string) =>
        escaped ?? double?.replaceAll(/\\([^])/g, '$1') ?? single ?? '',
    ),
  );
}
