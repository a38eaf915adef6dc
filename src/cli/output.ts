import { visibleText } from '#protocol/hiddenText.ts';
import type { Call } from './verb.ts';

/** Prints a verb's result: `json` and that it is ok with `--json`, else `text`; an empty text prints nothing. A verb may `return print(…)`. */
export function print({ io, flag }: Call, text = '', json: Record<string, unknown> = {}): undefined {
  if (flag('json')) io.stdout(`${JSON.stringify({ ok: true, ...json })}\n`);
  else if (text !== '') io.stdout(`${text}\n`);
}

/** A text of others for a terminal: lines stay lines, and hidden characters are written out. */
export const printable = visibleText;
