/** Fermata's part of the status line in the text of Claude Code's settings: put in, taken out, looked for. */
import { originalInside, recordEmpty, type Footprint } from './footprint.ts';
import type { HookTest } from './hookShape.ts';
import { appendAt, parseText, removeAt, type JsonText } from './jsonText.ts';
import { ownStatusLine, statusLineOf, unwrapStatusLine, wrapStatusLine } from './statusLine.ts';

/** The status line goes through that home; with null through none of ours. */
export function setStatusLine(json: JsonText, home: string | null, isOurs: HookTest, footprint: Footprint): JsonText {
  const current = statusLineOf(json);
  if (current.state === 'kept' && current.home === home) return json;
  const without = removeStatusLine(json, isOurs, footprint);
  if (home === null) return without;
  const wrapped = wrapStatusLine(without, home);
  if (wrapped !== undefined) return wrapped;
  recordEmpty(without, [], footprint);
  return appendAt(without, [], ownStatusLine(home), 'statusLine');
}

/** Whether the status line of these settings goes through Fermata. */
export function keepsStatusLine(text: string, isOurs: HookTest): boolean {
  const parsed = parseText(text.replace(/^\uFEFF/, ''));
  const current = parsed.ok ? statusLineOf(parsed.json) : undefined;
  return current?.state === 'kept' && isOwnHome(current.home, isOurs);
}

/** A home is ours where its gate would be. */
const isOwnHome = (home: string, isOurs: HookTest): boolean => isOurs({ command: `${home}/hooks/gate.sh` });

/** The status line as it would be without Fermata: what another home has put around it stays. */
export function removeStatusLine(json: JsonText, isOurs: HookTest, footprint?: Footprint): JsonText {
  const current = statusLineOf(json);
  if (current.state !== 'kept' || !isOwnHome(current.home, isOurs)) return json;
  const { home, wrapped } = current;
  if (wrapped !== undefined) return unwrapStatusLine(json, { home, wrapped });
  return removeAt(json, ['statusLine'], originalInside([], footprint));
}
