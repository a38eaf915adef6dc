import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import { append, createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { playbackDelay, Replay, type StartPosition } from '#extension/replay/replay.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const T0 = 1_800_000_000_000;
/** Events, one a second; an hour later two more. */
const PROGRESS = 20;

let dir: string;
let replay: Replay | undefined;
let ended: string[];
let renders: number;
/** The events that were shown, one after the other. */
let shown: number[];

beforeEach(() => {
  dir = join(tempDir(), 'session');
  ended = [];
  renders = 0;
  shown = [];
  createLog(dir, T0);
  append(dir, T0 + 1000, { t: 'spawn', worker: 'W1', task: 'Load' });
  for (let i = 0; i < PROGRESS; i++) append(dir, T0 + 2000 + i * 1000, { t: 'progress', worker: 'W1', pct: i });
  append(dir, T0 + 3_600_000, { t: 'error', worker: 'W1', message: 'disk full' });
  append(dir, T0 + 3_601_000, { t: 'exit', worker: 'W1', code: 1 });
});

afterEach(() => replay?.close());
afterAll(removeTempDirs);

const LAST = PROGRESS + 4;

function onChange(): void {
  renders++;
  const { event } = replay?.view.position ?? { event: 0 };
  if (shown.at(-1) !== event) shown.push(event);
}

async function opened(start: StartPosition = { event: 1 }): Promise<Replay> {
  const opening = new Replay(
    { dir, id: 'session', silentSeconds: () => 120, onChange, onEnd: (reason) => ended.push(reason) },
    start,
  );
  replay = opening;
  await waitFor(() => opening.model !== undefined, { describe: 'the past to be shown' });
  return opening;
}

const reached = (event: number): Promise<unknown> =>
  waitFor(() => replay?.view.position.event === event, { describe: `event ${event}` });

test('begins with the first prompt where a person only says “the past”, else with the first event', async () => {
  const first = await opened('firstPrompt');
  expect(first.view.position.event).toBe(1);
  first.close();
  dir = join(tempDir(), 'session');
  createLog(dir, T0);
  append(dir, T0 + 1000, { t: 'session', session: 's1' });
  append(dir, T0 + 2000, { t: 'turn', state: 'working' }, { t: 'prompt', text: 'Load it' });
  append(dir, T0 + 3000, { t: 'turn', state: 'idle' });
  const second = await opened('firstPrompt');
  expect(second.model?.session.conductor.state).toBe('working');
  expect(second.view.position.ts).toBe(T0 + 2000);
});

test('begins at the first event, and of several moves only the newest counts', async () => {
  const { view } = await opened();
  expect(view).toMatchObject({
    read: 1,
    position: { event: 1, ts: T0 },
    events: LAST,
    startTs: T0,
    endTs: T0 + 3_601_000,
  });
  for (const event of [20, 3, 17, 9, 12]) replay?.goTo({ event });
  await reached(12);
  expect(replay?.view.text).toBe('Load: 9%');
  expect(replay?.model).toMatchObject({ generatedTs: T0 + 11_000, workers: [{ id: 'W1', progress: { pct: 9 } }] });
  replay?.goTo({ event: 1e9 });
  await reached(LAST);
  replay?.goTo({ event: 0 });
  await reached(1);
  expect(replay?.model?.workers).toEqual([]);
});

test('begins at a line of the log when it is opened at its position', async () => {
  await opened({ event: 5 });
  const { pos } = replay?.view.position ?? { pos: 0 };
  replay?.close();
  expect((await opened({ pos })).view.position).toMatchObject({ event: 5, pos });
});

test('a worker was silent as it was then, not as it would be now', async () => {
  await opened({ event: LAST - 2 });
  expect(replay?.model?.workers[0]?.silent).toBe(false);
});

test('jumps to highlights, and to the ends of the log where there are none', async () => {
  await opened();
  replay?.jump('next');
  await reached(LAST - 1);
  expect(replay?.view.text).toBe('Load: error: disk full');
  expect(replay?.view.highlights).toEqual([
    { event: LAST - 1, kind: 'failure' },
    { event: LAST, kind: 'failure' },
  ]);
  replay?.jump('next');
  // before the first move has arrived, from its target
  replay?.jump('previous');
  await reached(LAST - 1);
  replay?.jump('previous');
  await reached(1);
});

test('plays with its gaps shortened, in order, and stops at the end', async () => {
  await opened();
  const started = performance.now();
  shown = [];
  replay?.play('60');
  await waitFor(() => replay?.view.playing === false, { describe: 'the end', timeoutMs: 90_000 });
  const took = performance.now() - started;
  expect(shown.at(-1)).toBe(LAST);
  expect(shown).toEqual(shown.toSorted((a, b) => a - b));
  expect(shown.length).toBeGreaterThan(5);
  // 22 seconds of it at 60 times are a third of one, and the hour is 1.5 s instead of a minute
  expect(took).toBeGreaterThan(1500);
  expect(took).toBeLessThan(50_000);
  replay?.play('events');
  await waitFor(() => replay?.view.position.event === 2, { describe: 'it to begin anew' });
  replay?.pause();
  expect(replay?.view).toMatchObject({ playing: false, speed: 'events' });
  const stopped = replay?.view.position.event;
  const before = renders;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(replay?.view.position.event).toBe(stopped);
  expect(renders).toBe(before);
});

test('moving by hand stops playing', async () => {
  await opened();
  replay?.play('1');
  expect(replay?.view.playing).toBe(true);
  replay?.goTo({ event: 7 });
  expect(replay?.view.playing).toBe(false);
  await reached(7);
});

test('a log that grows has more events, and the position stays', async () => {
  await opened({ event: 4 });
  append(dir, T0 + 4_000_000, { t: 'end' });
  replay?.follow();
  await waitFor(() => replay?.view.events === LAST + 1, { describe: 'the new event' });
  expect(replay?.view.position.event).toBe(4);
  replay?.goTo({ event: LAST + 1 });
  await reached(LAST + 1);
  expect(replay?.model?.session).toMatchObject({ live: false, conductor: { state: 'ended' } });
});

test('a log that is replaced or does not exist ends the replay with a reason', async () => {
  await opened();
  rmSync(sessionPaths(dir).log);
  replay?.follow();
  await waitFor(() => ended.length > 0, { describe: 'the end of it' });
  expect(ended).toEqual(['Its log was cut, replaced or removed meanwhile.']);
  const none = new Replay(
    {
      dir: join(dir, 'none'),
      id: 'x',
      silentSeconds: () => 1,
      onChange: () => undefined,
      onEnd: (reason) => ended.push(reason),
    },
    { event: 1 },
  );
  await waitFor(() => ended.length > 1, { describe: 'the end of that' });
  expect(ended[1]).toContain('ENOENT');
  none.close();
});

test('once it is closed it reports nothing', async () => {
  await opened();
  replay?.play('events');
  replay?.goTo({ event: 9 });
  replay?.close();
  const before = renders;
  rmSync(sessionPaths(dir).log);
  replay?.follow();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([renders, ended]).toEqual([before, []]);
});

test('a gap is played at the chosen speed, and a long one is shortened', () => {
  expect(playbackDelay(0, 1000, '1')).toBe(1000);
  expect(playbackDelay(0, 1000, '10')).toBe(100);
  expect(playbackDelay(0, 86_400_000, '60')).toBe(1500);
  expect(playbackDelay(5000, 1000, '1')).toBe(0);
  expect(playbackDelay(0, 86_400_000, 'events')).toBe(300);
});
