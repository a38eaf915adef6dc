import { closeSync, constants, writeSync } from 'node:fs';
import { LOG_FORMAT, MAX_LINE_BYTES } from '#protocol/parseEvent.ts';
import type { Event } from '#protocol/event.ts';
import { exists } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { maskedEvent } from '#core/base/masking.ts';
import { nonce } from '#core/base/nonce.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** An event to append; `ts` and `id` are optional. Without the index signature that the schemas add. */
export type NewEvent = { t: Event['t']; ts?: number; id?: string; [field: string]: unknown };

/** An event is longer than a line may be; nothing was written. */
export class LineTooLongError extends Error {
  constructor(bytes: number) {
    super(
      `this event is ${bytes} bytes long and a line may have ${MAX_LINE_BYTES}: write the payload to a file under $FERMATA_OUT and name the file`,
    );
  }
}

/**
 * Appends events to a session's log: each in one write of `\n` + line + `\n` to a file opened with O_APPEND, so that
 * lines of several writers never mix and another writer's torn line damages only itself. Adds `ts` where it is missing,
 * and masks passwords and tokens in texts. Never writes through a link. Throws LineTooLongError, UnexpectedFileError, or the system's error (no such folder, no
 * space, no permission).
 */
export function append(dir: string, now: number, ...events: NewEvent[]): void {
  appendIfSame(dir, undefined, now, events);
}

/**
 * Appends only where the log still is the file with that inode, since another session's log may have taken its place.
 * Otherwise writes nothing and returns false.
 */
export function appendIfSame(dir: string, inode: number | undefined, now: number, events: NewEvent[]): boolean {
  const { log } = sessionPaths(dir);
  const lines = events.map((event) => {
    const bytes = Buffer.from(`\n${JSON.stringify({ ...maskedEvent(event), ts: event.ts ?? now })}\n`, 'utf8');
    if (bytes.length - 2 > MAX_LINE_BYTES) throw new LineTooLongError(bytes.length - 2);
    return bytes;
  });
  const { fd, stats } = openFile(log, constants.O_WRONLY | constants.O_APPEND);
  try {
    if (inode !== undefined && stats.ino !== inode) return false;
    for (const line of lines) {
      const written = writeSync(fd, line);
      // a full disk may take a part: that is a damaged line, and the `\n` before the next line keeps that one whole
      if (written !== line.length)
        throw new Error(`only ${written} of ${line.length} bytes could be written to ${log}: is the disk full?`);
    }
    return true;
  } finally {
    closeSync(fd);
  }
}

/** Makes a session's folder and its log with the `open` line, unless they exist. Safe when several processes do it. */
export function createLog(dir: string, now: number): void {
  const paths = sessionPaths(dir);
  for (const folder of [paths.armed, paths.flags, paths.workers, paths.runs]) makeFolder(folder);
  let fd: number;
  try {
    ({ fd } = openFile(paths.log, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL));
  } catch (error) {
    if (exists(paths.log)) return;
    throw error;
  }
  try {
    writeSync(fd, `${JSON.stringify({ t: 'open', ts: now, format: LOG_FORMAT, nonce: nonce() })}\n`);
  } finally {
    closeSync(fd);
  }
}
