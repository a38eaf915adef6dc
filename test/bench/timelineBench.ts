import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CDPSession } from 'playwright-core';
import { createLog } from '#core/log/append.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import { launchBrowser } from '#test/lib/browser.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { servePanel } from '#test/web/panelPage.ts';
import { TimelinePage } from '#test/web/timelinePage.ts';
import { print, printSpread, ratio } from './figure.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const WORKERS = 1000;
/** So often so many frames are painted in a row. */
const ROUNDS = 40;
const FRAMES = 10;

/** The timeline of a thousand workers: what it costs beside the fold, and how it moves in a browser that paints in software. */
export async function timelineBench(): Promise<void> {
  const view = await measureTimeline(1_000_000);
  await ensureRuntimes();
  await pan(view);
}

/** The model of a long log beside its fold alone, in turn; and how much of it is kept. */
async function measureTimeline(events: number): Promise<TimelineView> {
  const dir = join(tempDir('fermata-bench-'), 'session');
  createLog(dir, Date.now());
  const { log } = sessionPaths(dir);
  writeSyntheticLog(log, events, WORKERS);
  const bytes = readFileSync(log);
  let view: TimelineView | undefined;
  const run = (timeline?: Timeline): number => {
    const state = emptyState();
    const reader = new LineReader();
    const started = performance.now();
    for (let at = 0; at < bytes.length; at += 1 << 20)
      reader.push(bytes.subarray(at, at + (1 << 20)), (line) => {
        reduce(state, line);
        timeline?.update(state, line);
      });
    const took = performance.now() - started;
    const session = { id: 'bench', title: 'bench', live: false };
    view = timeline?.view(state, { session, read: 1, generatedTs: Date.now() }) ?? view;
    return took;
  };
  await ratio('timeline-1000000-events', 3, () => run(new Timeline()), ['fold alone', () => run()], 2);
  if (view === undefined) throw new Error('there is no view');
  const items = view.lanes.reduce((sum, { rows, marks }) => sum + rows.flat().length + marks.length, 0);
  print({ name: 'timeline-items-kept', value: items, unit: 'items', limit: 60_000, ok: items <= 60_000 });
  const started = performance.now();
  const size = JSON.stringify(view).length / 1e6;
  print({
    name: 'timeline-snapshot-size',
    value: Number(size.toFixed(2)),
    unit: 'MB',
    base: 'ms to write it',
    baseValue: Math.round(performance.now() - started),
  });
  return view;
}

/** Moves the picture to and fro through time and down through all lanes, a step at every frame. */
async function pan(view: TimelineView): Promise<void> {
  const [browser, server] = await Promise.all([launchBrowser(), servePanel('timeline')]);
  try {
    const timeline = await TimelinePage.open(browser, server.url, { width: 1600, height: 1000 });
    const { page } = timeline;
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Performance.enable');
    await timeline.show({ view });
    for (let i = 0; i < 4; i++) await page.click('[data-action="zoom-in"]');
    const frames: number[] = [];
    const scripts: number[] = [];
    const before = await timeline.painted();
    for (let round = 0; round < ROUNDS; round++) {
      const script = await scripting(cdp);
      frames.push(...(await page.evaluate(panFrames, { round, rounds: ROUNDS, count: FRAMES })));
      scripts.push(((await scripting(cdp)) - script) / FRAMES);
    }
    const painted = (await timeline.painted()) - before;
    if (painted < 0.9 * ROUNDS * FRAMES) throw new Error(`only ${painted} frames were painted`);
    const problems = await timeline.close();
    if (problems.length > 0) throw new Error(`the timeline had problems: ${problems.join('; ')}`);
    printSpread('timeline-1000-workers-frame', frames, 'ms, painted in software', 1000 / 30);
    printSpread('timeline-1000-workers-scripting-per-frame', scripts, 'ms', 1000 / 30);
    const value = Number((1000 / (frames.reduce((sum, ms) => sum + ms, 0) / frames.length)).toFixed(1));
    print({ name: 'timeline-1000-workers-frames-a-second', value, unit: '1/s', limit: 30, ok: value >= 30 });
  } finally {
    await browser.close();
    await server.close();
  }
}

/** In the page: so many frames, each with a step; returns how long each took, ms. */
async function panFrames({
  round,
  rounds,
  count,
}: {
  round: number;
  rounds: number;
  count: number;
}): Promise<number[]> {
  const scroller = document.querySelector('.scroller');
  if (scroller === null) throw new Error('there is no picture');
  const next = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
  const took: number[] = [];
  let at = await next();
  for (let i = 0; i < count; i++) {
    const deltaX = round % 6 < 3 ? 30 : -30;
    scroller.dispatchEvent(new WheelEvent('wheel', { deltaX, bubbles: true, cancelable: true }));
    scroller.scrollTop = ((round + i / count) / rounds) * (scroller.scrollHeight - scroller.clientHeight);
    const now = await next();
    took.push(now - at);
    at = now;
  }
  return took;
}

/** Milliseconds of script so far. */
async function scripting(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0);
}
