import type { Call } from './verb.ts';

/** Prints a verb's result: `json` and that it is ok with `--json`, else `text`; an empty text prints nothing. A verb may `return print(…)`. */
export function print({ io, flag }: Call, text = '', json: Record<string, unknown> = {}): undefined {
  if (flag('json')) io.stdout(`${JSON.stringify({ ok: true, ...json })}\n`);
  else if (text !== '') io.stdout(`${text}\n`);
}

/** A foreign text made safe for a terminal: lines stay lines; control and invisible characters become visible escapes. */
export const printable = (text: string): string =>
  text.replace(
    // oxlint-disable-next-line no-control-regex -- the pattern is about control characters
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
