import { Script } from 'node:vm';

/** A pattern that needs longer than this for a prompt is given up: it must not hold every prompt. */
const TIMEOUT_MS = 1000;

/** A pattern took too long on a text. */
export class SlowPatternError extends Error {}

/** The names of a pattern's groups; undefined if it is no regular expression. */
export function groupsOf(pattern: string): string[] | undefined {
  try {
    return Object.keys(new RegExp(`${pattern}|`, 'i').exec('')?.groups ?? {});
  } catch {
    return undefined;
  }
}

const SOURCE = `(() => {
  const found = new RegExp(pattern, 'i').exec(text);
  return found && JSON.stringify(Object.fromEntries(Object.entries(found.groups ?? {}).map(([k, v]) => [k, v ?? ''])));
})()`;
let script: Script | undefined;

/**
 * Looks for a pattern (JavaScript, case-insensitive) in a text; returns the named groups, or undefined where it is not
 * found. Runs apart, so that it can be ended: throws SlowPatternError when it backtracks without end.
 */
export function search(pattern: string, text: string, timeoutMs = TIMEOUT_MS): Record<string, string> | undefined {
  script ??= new Script(SOURCE);
  let output: unknown;
  try {
    output = script.runInNewContext({ pattern, text }, { timeout: timeoutMs });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new SlowPatternError(
      'its pattern takes too long on this prompt; make it simpler (no repetition inside a repetition)',
      { cause: error },
    );
  }
  return typeof output === 'string' ? (JSON.parse(output) as Record<string, string>) : undefined;
}
