/**
 * Fills a log's disk and makes room again: `fullDisk DIR LINES BALLAST`. With a ballast file it makes room by removing
 * that file; without one (a limit on the file's size) it stops at the error. Prints a `FullDiskResult` as JSON.
 */
import { rmSync, writeFileSync } from 'node:fs';
import { append, createLog } from '#core/log/append.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { readNumbered } from '#test/lib/stress/numbered.ts';

const [dir = '', lines = '0', ballast = ''] = process.argv.slice(2);
createLog(dir, Date.now());
if (ballast !== '') writeFileSync(ballast, Buffer.alloc(100 * 1024));

const errors: string[] = [];
let written = 0;
const fill = (until: number): void => {
  try {
    for (; written < until; written++)
      append(dir, Date.now(), { t: 'progress', worker: 'W1', n: written, room: 'x'.repeat(3000) });
  } catch (error) {
    errors.push((error as Error).message);
  }
};
const read = () => {
  const log = new SessionLog(dir);
  log.refresh();
  return { events: log.state.events, damaged: readNumbered(dir).counted };
};
fill(Number(lines));
const full = { written, ...read() };
let again;
if (ballast !== '') {
  rmSync(ballast);
  fill(written + 5);
  again = { written, ...read() };
}
process.stdout.write(`${JSON.stringify({ errors, full, again })}\n`);
