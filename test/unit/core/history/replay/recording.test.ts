import { appendFileSync, copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { append, createLog } from '#core/log/append.ts';
import { stateAt } from '#core/session/sessionLog.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { StateCache } from '#core/history/replay/stateCache.ts';
import { Recording } from '#core/history/replay/recording.ts';
import type { SessionState } from '#protocol/state.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const open: Recording[] = [];
afterEach(async () => {
  for (const recording of open.splice(0)) await recording.close();
});

let dir: string;
beforeEach(() => {
  dir = join(tempDir(), 'session');
});

async function recorded(kept?: StateCache): Promise<Recording> {
  const recording = await Recording.open(dir, kept);
  open.push(recording);
  expect(await recording.read()).toBe('read');
  return recording;
}

const shown = (state: SessionState): unknown =>
  toViewModel(state, { now: state.lastTs, silentSeconds: 120, id: 'session', live: true });

describe('the log of a real session', () => {
  beforeEach(() => {
    mkdirSync(dir);
    copyFileSync(join(repoRoot, 'test/bench/recorded/process-files.jsonl'), sessionPaths(dir).log);
  });

  test('shows at every event what folding so much of it shows, in any order', async () => {
    const kept = new StateCache(500, 0);
    const recording = await recorded(kept);
    const { event: last } = recording.end;
    expect(last).toBeGreaterThan(20);
    for (let i = 0; i <= 3 * last; i++) {
      // a step that has no divisor in common with the count visits all of them
      const event = (i * 7919) % (last + 1);
      const state = await recording.stateAt(event);
      expect(shown(state ?? stateAt(dir, 0)), `event ${event}`).toEqual(shown(stateAt(dir, event)));
    }
    expect(kept.count).toBeGreaterThan(5);
  });

  test('shows what it was recorded to show', async () => {
    const recording = await recorded();
    const { event: last } = recording.end;
    const samples: unknown[] = [];
    for (const tenth of [9, 3, 5, 1, 7]) {
      const event = Math.round((last * tenth) / 10);
      const state = await recording.stateAt(event);
      samples[(tenth - 1) / 2] = { event, view: state && shown(structuredClone(state)) };
    }
    // it is named by the time of day where these tests run
    const text = JSON.stringify(samples, null, 2).replaceAll(/project \d\d:\d\d/g, 'project 14:05');
    await expect(`${text}\n`).toMatchFileSnapshot('golden/processFiles.moments.json');
  });

  test('is found by position and by time', async () => {
    const recording = await recorded();
    for (let event = 1; event <= recording.end.event; event++) {
      await recording.stateAt(event);
      const { position } = recording.current;
      expect(await recording.eventAt({ pos: position.pos })).toBe(event);
      expect(await recording.eventAt({ pos: position.pos + 1 })).toBe(event);
      const byTime = await recording.eventAt({ ts: position.ts });
      await recording.stateAt(byTime);
      expect(byTime).toBeGreaterThanOrEqual(event);
      expect(recording.current.position.ts).toBe(position.ts);
    }
    expect(await recording.eventAt({ pos: 0 })).toBe(1);
    expect(await recording.eventAt({ ts: 0 })).toBeLessThanOrEqual(1);
    expect(await recording.eventAt({ ts: Number.MAX_SAFE_INTEGER })).toBe(recording.end.event);
  });

  test('has turning points that are its own words', async () => {
    const recording = await recorded();
    const lines = readFileSync(sessionPaths(dir).log, 'utf8').split('\n').filter(Boolean);
    const types: string[] = [];
    for (let at = 0; ;) {
      const next = recording.highlights.nearest(at, 'next');
      if (next === undefined) break;
      expect(recording.highlights.nearest(next + 1, 'previous')).toBe(next);
      at = next;
      types.push((JSON.parse(lines[next - 1] ?? '') as { t: string }).t);
    }
    expect(types.length).toBe(recording.highlights.count);
    expect(new Set(types)).toContain('plan');
    expect(types.length).toBeLessThan(lines.length / 2);
  });
});

describe('a log that changes', () => {
  beforeEach(() => createLog(dir, 1_800_000_000_000));

  test('goes on where it had ended, and only what is new is read', async () => {
    const recording = await recorded();
    append(dir, 1_800_000_001_000, { t: 'spawn', worker: 'W1' }, { t: 'done', worker: 'W1' });
    expect(recording.end.event).toBe(1);
    expect(await recording.read()).toBe('read');
    expect(recording.end).toMatchObject({ event: 3, ts: 1_800_000_001_000 });
    expect((await recording.stateAt(2))?.workers.get('W1')?.state).not.toBe('done');
    expect(await recording.nextTs()).toBe(1_800_000_001_000);
    expect((await recording.stateAt(3))?.workers.get('W1')?.state).toBe('done');
    expect(await recording.nextTs()).toBeUndefined();
  });

  test.each([
    ['replaced by another file', () => (rmSync(sessionPaths(dir).log), createLog(dir, 1_800_000_009_000))],
    ['cut', () => truncateSync(sessionPaths(dir).log, 30)],
    [
      'cut and grown beyond where it was',
      () => writeFileSync(sessionPaths(dir).log, `{"t":"open","format":1,"nonce":"other"}\n${' \n'.repeat(500)}`),
    ],
    [
      'cut and grown beyond where it was, behind the same first line',
      () => {
        truncateSync(sessionPaths(dir).log, readFileSync(sessionPaths(dir).log).indexOf('\n') + 1);
        append(dir, 1_800_000_002_000, { t: 'done', worker: 'W1', result: 'y'.repeat(2000) });
      },
    ],
    ['removed', () => rmSync(sessionPaths(dir).log)],
  ])('and was %s is said to be another one', async (_name, replace) => {
    append(dir, 1_800_000_001_000, { t: 'spawn', worker: 'W1' });
    const recording = await recorded();
    replace();
    expect(await recording.read()).toBe('replaced');
  });

  test('may end in the middle of a line, and in a damaged one', async () => {
    appendFileSync(sessionPaths(dir).log, '{"t":"spawn","worker":"W1"}\n{"t":"done","wor\n{"t":"do');
    const recording = await recorded();
    expect(recording.end.event).toBe(2);
    expect((await recording.stateAt(1))?.damaged.size).toBe(0);
    expect((await recording.stateAt(2))?.damaged.size).toBe(1);
    appendFileSync(sessionPaths(dir).log, 'ne","worker":"W1"}\n');
    await recording.read();
    expect((await recording.stateAt(2))?.damaged.size).toBe(0);
    expect((await recording.stateAt(3))?.workers.get('W1')?.state).toBe('done');
  });

  test('is left when nobody wants it any more', async () => {
    const recording = await Recording.open(dir);
    open.push(recording);
    expect(await recording.read(() => false)).toBe('stopped');
    expect(recording.end.event).toBe(0);
    const shares: number[] = [];
    expect(await recording.read((share) => shares.push(share) > 0)).toBe('read');
    expect(shares).toEqual([0]);
    expect(await recording.stateAt(1, () => false)).toBeUndefined();
  });

  test('a log that is no session yet cannot be opened', async () => {
    await expect(Recording.open(join(dir, 'none'))).rejects.toThrow('ENOENT');
  });
});
