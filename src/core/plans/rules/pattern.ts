import { Script } from 'node:vm';

/** Time limit of a pattern for one prompt, which waits for it. */
const TIMEOUT_MS = 1000;

/** A pattern exceeded the time limit on a text. */
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
 * Searches a text for a pattern (JavaScript, case-insensitive). Returns the named groups, or undefined without a match.
 * Runs in a context of its own, which can be stopped: throws SlowPatternError if it backtracks for too long.
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
