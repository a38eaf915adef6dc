import { readEnd } from '#core/base/files/readEnd.ts';
import { asRecord } from '#core/base/json.ts';

/** How much of the end of a transcript is read: the call that has just ended is in it. */
const END_BYTES = 1 << 20;

/**
 * The folder in which a call began, by the transcript: a hook after the call has the one in which it has ended. Undefined where it
 * is not found.
 */
export function callFolder(transcript: string | undefined, call: string | undefined): string | undefined {
  if (transcript === undefined || call === undefined) return undefined;
  const named = `"id":${JSON.stringify(call)}`;
  const line = readEnd(transcript, END_BYTES)
    .split('\n')
    .findLast((each) => each.includes(named) && each.includes('"tool_use"'));
  try {
    const { cwd } = asRecord(JSON.parse(line ?? ''));
    return typeof cwd === 'string' ? cwd : undefined;
  } catch {
    return undefined;
  }
}
