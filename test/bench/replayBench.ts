import { join } from 'node:path';
import { createLog } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { StateCache } from '#core/history/replay/stateCache.ts';
import { Recording } from '#core/history/replay/recording.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { print, printSpread, ratio } from './figure.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const EVENTS = 1_000_000;
/** How often somebody drags the slider to somewhere else. */
const SEEKS = 300;

async function milliseconds(run: () => unknown): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/** The longest that the event loop was kept from anything else while something ran, in ms. */
async function longestStall(run: () => Promise<unknown>): Promise<number> {
  let [longest, last] = [0, performance.now()];
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last - 1);
    last = now;
  }, 1);
  await run();
  clearInterval(timer);
  return longest;
}

/** Reading a log of a million events to look back in it, against folding it; then going anywhere in it. */
export async function replayBench(): Promise<void> {
  const dir = join(tempDir('fermata-bench-'), 'session');
  createLog(dir, Date.now());
  writeSyntheticLog(sessionPaths(dir).log, EVENTS);
  let recording: Recording | undefined;
  let kept = new StateCache();
  const load = async (): Promise<void> => {
    await recording?.close();
    kept = new StateCache();
    recording = await Recording.open(dir, kept);
    await recording.read();
    if (recording.end.event < EVENTS) throw new Error(`only ${recording.end.event} events were read`);
  };
  await ratio(
    'replay-first-load',
    5,
    () => milliseconds(load),
    ['folding the same log', () => milliseconds(() => new SessionLog(dir).refresh())],
    1.5,
  );
  print({ name: 'replay-load-longest-stall', value: Math.round(await longestStall(load)), unit: 'ms' });
  if (recording === undefined) return;
  const seeks: number[] = [];
  const stalls: number[] = [];
  for (let i = 1; i <= SEEKS; i++) {
    // all over the log, without order
    const event = (i * 618_034_003) % EVENTS;
    const seek = async (): Promise<void> => {
      const state = await recording?.stateAt(event);
      if (state?.events !== event) throw new Error(`event ${event} was not reached`);
      toViewModel(state, { now: state.lastTs, silentSeconds: 120, id: 'session', live: true });
    };
    if (i % 10 === 0) stalls.push(await longestStall(seek));
    else seeks.push(await milliseconds(seek));
  }
  printSpread(`replay-seek-${EVENTS}`, seeks, 'ms', 100);
  print({ name: 'replay-seek-longest-stall', value: Math.round(Math.max(...stalls)), unit: 'ms' });
  const back: number[] = [];
  for (let event = 700_000; event > 700_000 - 100; event--)
    back.push(await milliseconds(() => recording?.stateAt(event)));
  printSpread('replay-step-back', back, 'ms', 100);
  print({ name: 'replay-kept-states', value: kept.count, unit: 'states' });
  const limit = 64;
  const megabytes = Number((kept.bytes / (1 << 20)).toFixed(1));
  print({ name: 'replay-kept-memory', value: megabytes, unit: 'MB', limit, ok: megabytes <= limit });
  await recording.close();
}
