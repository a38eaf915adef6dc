import { appendFileSync, closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { encodeState } from '#core/fold/stateCodec.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { readSnapshot, saveSnapshot } from '#core/session/snapshot.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { file, LINE } from './worlds.ts';

afterAll(removeTempDirs);

function folded(dir: string): SessionLog {
  const log = new SessionLog(dir);
  log.refresh();
  return log;
}

test('snapshots at any bytes of a log with the rest, and a log read in pieces, give the state of the whole', () => {
  const dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
  const { log: path, snapshot } = sessionPaths(dir);
  let used = 0;
  fc.assert(
    fc.property(file, fc.array(fc.nat(1000), { maxLength: 3 }), (bytes, cuts) => {
      rmSync(snapshot, { force: true });
      writeFileSync(path, '');
      let at = 0;
      const open = folded(dir);
      for (const end of [
        ...cuts.map((cut) => Math.floor((cut / 1000) * bytes.length)).toSorted((a, b) => a - b),
        bytes.length,
      ]) {
        appendFileSync(path, bytes.subarray(at, end));
        at = end;
        open.refresh();
        // as if by a new process each time: from the last snapshot on
        const log = folded(dir);
        if (end < bytes.length) saveSnapshot(log, 0);
      }
      const tail = folded(dir);
      let read = 0;
      const again = new SessionLog(dir);
      again.refresh(() => read++);
      if (read < bytes.length / LINE) used++;
      rmSync(snapshot, { force: true });
      const refolded = folded(dir);
      expect(refolded.position).toBe(bytes.length);
      expect(tail.position).toBe(bytes.length);
      expect(encodeState(tail.state)).toBe(encodeState(refolded.state));
      expect(encodeState(open.state)).toBe(encodeState(refolded.state));
      expect(encodeState(again.state)).toBe(encodeState(refolded.state));
    }),
    { numRuns: 150 },
  );
  expect(used).toBeGreaterThan(50);
});

test('a snapshot in which any bit has changed is not used', () => {
  const dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
  const { snapshot } = sessionPaths(dir);
  // states of each length of what follows the last word of the sum
  for (let length = 0; length < 4; length++) {
    appendFileSync(sessionPaths(dir).log, `\n{"t":"spawn","worker":"W${length}","task":"${'x'.repeat(length)}"}\n`);
    rmSync(snapshot, { force: true });
    saveSnapshot(folded(dir), 0);
    const bytes = readFileSync(snapshot);
    const [start, end] = [bytes.indexOf('\n') + 1, bytes.lastIndexOf('\n')];
    const fd = openSync(sessionPaths(dir).log, 'r');
    expect(readSnapshot(dir, fd)?.position).toBe(statSync(sessionPaths(dir).log).size);
    for (let at = start; at < end; at += at > end - 8 ? 1 : 97) {
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      writeFileSync(snapshot, bytes);
      expect(readSnapshot(dir, fd), `byte ${at} of ${start} to ${end}`).toBeUndefined();
      bytes[at] = (bytes[at] ?? 0) ^ 1;
    }
    closeSync(fd);
  }
});
