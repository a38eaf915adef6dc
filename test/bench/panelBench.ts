import { join } from 'node:path';
import type { CDPSession, FrameLocator } from 'playwright-core';
import { append, createLog } from '#core/log/append.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { PanelState } from '#protocol/messages.ts';
import { launchBrowser } from '#test/lib/browser.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { appendToDom } from '#test/vscode/appendToDom.ts';
import { openEditor } from '#test/vscode/editor.ts';
import { createSession } from '#test/vscode/testSession.ts';
import { PanelPage, servePanel } from '#test/web/panelPage.ts';
import { print, printSpread } from './figure.ts';
import { endOfHold, copyHooks } from './holdBench.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

const WORKERS = 1000;
const EVENTS = 100_000;
const ROUNDS = 60;
/** An hour of five events a second, twenty of them in each snapshot. */
const HOUR = { snapshots: 900, eventsEach: 20 };

/** The panel with a thousand workers in a browser; in the editor the ways from a line to its text and from a click to Claude. */
export async function panelBench(): Promise<void> {
  await ensureRuntimes();
  await drawThousand();
  await inTheEditor();
}

async function drawThousand(): Promise<void> {
  const dir = join(tempDir('fermata-bench-'), 'session');
  createLog(dir, Date.now());
  writeSyntheticLog(sessionPaths(dir).log, EVENTS, WORKERS);
  // in that log not each of them has a word
  for (let i = 1; i <= WORKERS; i++) append(dir, Date.now(), { t: 'spawn', worker: `W${i}` });
  const log = new SessionLog(dir);
  let appended = 0;
  /** The panel's next snapshot, so many events later. */
  const stateAfter = (events: number): PanelState => {
    for (let i = 0; i < events; i++, appended++) {
      const [worker, message] = [`W${1 + ((appended * 7) % WORKERS)}`, `event ${appended}`];
      append(dir, Date.now(), { t: 'progress', worker, pct: appended % 100, message });
    }
    log.refresh();
    const view = toViewModel(log.state, { now: Date.now(), silentSeconds: 60, id: 'bench', live: true });
    if (view.workers.length < WORKERS) throw new Error(`only ${view.workers.length} workers are shown`);
    return {
      sessions: [view.session],
      selected: view.session.id,
      view,
      hooks: { state: 'installed' },
      trusted: true,
      scope: 'window',
      outside: 0,
      needsYou: 0,
    };
  };

  const [browser, server] = await Promise.all([launchBrowser(), servePanel()]);
  try {
    const panel = await PanelPage.open(browser, server.url, { savedState: { expanded: { activity: true } } });
    const cdp = await panel.page.context().newCDPSession(panel.page);
    await cdp.send('Performance.enable');
    await panel.show(stateAfter(1));
    const costs: number[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      const state = stateAfter(1);
      const before = await scripting(cdp);
      await panel.show(state);
      costs.push((await scripting(cdp)) - before);
    }
    printSpread('panel-1000-workers-one-event-scripting', costs, 'ms', 50);

    let middle = 0;
    for (let i = 1; i <= HOUR.snapshots; i++) {
      await panel.show(stateAfter(HOUR.eventsEach));
      if (i === HOUR.snapshots / 2) middle = await heap(cdp);
    }
    const end = await heap(cdp);
    const [value, limit] = [Number((end / middle).toFixed(3)), 1.2];
    const base = { base: 'MB in the middle', baseValue: Number(middle.toFixed(1)) };
    print({ name: 'panel-heap-after-an-hour', value, unit: 'ratio', ...base, limit, ok: value <= limit });
    const problems = await panel.close();
    if (problems.length > 0) throw new Error(`the panel had problems: ${problems.join('; ')}`);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** Milliseconds of script so far. */
async function scripting(cdp: CDPSession): Promise<number> {
  const { metrics } = await cdp.send('Performance.getMetrics');
  return 1000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0);
}

/** Megabytes of the page's JavaScript that are in use. */
async function heap(cdp: CDPSession): Promise<number> {
  await cdp.send('HeapProfiler.collectGarbage');
  return (await cdp.send('Runtime.getHeapUsage')).usedSize / 1e6;
}

async function inTheEditor(): Promise<void> {
  const editor = await openEditor();
  try {
    const orchestra = createSession(editor.fermataHome, editor.project, 'bench');
    orchestra.publish({ t: 'spawn', worker: 'W1', task: 'Process data1.csv' });
    await editor.panel.getByText('Process data1.csv').first().waitFor();
    printSpread('panel-line-to-text', await appendToDom(editor.panel, orchestra, ROUNDS), 'ms', 100);
    copyHooks(editor.fermataHome);
    const released: number[] = [];
    for (let i = 0; i < ROUNDS; i++)
      released.push(await endOfHold(editor.fermataHome, orchestra.dir, (block) => clickRelease(editor.panel, block)));
    printSpread('panel-release-to-exit', released, 'ms', 100);
  } finally {
    await editor.close();
  }
}

/** Clicks Release as soon as the panel shows the block; returns when, epoch ms. */
async function clickRelease(panel: FrameLocator, block: string): Promise<number> {
  const button = panel.locator(`[data-block="${block}"] :is([data-action="release"], [data-action="let-run"])`);
  await button.waitFor();
  return button.evaluate((element) => {
    const clicked = Date.now();
    (element as HTMLElement).click();
    return clicked;
  });
}
