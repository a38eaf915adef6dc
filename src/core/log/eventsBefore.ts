import { closeSync, readSync } from 'node:fs';
import type { Event } from '#protocol/event.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { logToRead } from '#core/base/paths.ts';
import { LineReader } from './lineReader.ts';

/** A log is read backwards in chunks of this size; a longer line is not found. */
const CHUNK_BYTES = 512 * 1024;
/** Upper bound of what one call reads. */
const MAX_BYTES = 16 * CHUNK_BYTES;

export interface EventsBefore {
  /** The newest first. */
  events: { pos: number; event: Event }[];
  /** The position to continue from; 0 at the beginning of the log. */
  next: number;
}

/**
 * The events before a position of a session's log, read backwards from there without folding anything.
 * @param position byte offset at which a line starts
 * @param maxEvents stops when this number is found
 * Throws the system's error.
 */
export function eventsBefore(
  dir: string,
  position: number,
  maxEvents: number,
  accept: (event: Event) => boolean,
): EventsBefore {
  const events: EventsBefore['events'] = [];
  const { fd } = openFile(logToRead(dir));
  try {
    let next = position;
    while (next > 0 && events.length < maxEvents && position - next < MAX_BYTES) {
      const start = Math.max(0, next - CHUNK_BYTES);
      const bytes = Buffer.alloc(next - start);
      readSync(fd, bytes, 0, bytes.length, start);
      // the first line of a chunk is whole only at the beginning of the log; a line as long as a chunk is skipped
      const firstLineEnd = start === 0 ? 0 : bytes.indexOf('\n') + 1;
      const from = firstLineEnd === bytes.length ? 0 : firstLineEnd;
      const found: EventsBefore['events'] = [];
      new LineReader(start + from).push(bytes.subarray(from), (line) => {
        const parsed = 'value' in line ? parseEvent(line.value) : undefined;
        if (parsed?.kind === 'event' && accept(parsed.event)) found.push({ pos: line.pos, event: parsed.event });
      });
      const newest = found.toReversed().slice(0, maxEvents - events.length);
      events.push(...newest);
      next = newest.length < found.length ? (newest.at(-1)?.pos ?? start) : start + from;
    }
    return { events, next };
  } finally {
    closeSync(fd);
  }
}
