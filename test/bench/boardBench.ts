import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startTimeOf } from '#core/base/processes.ts';
import { append, createLog } from '#core/log/append.ts';
import { boardOf } from '#core/projection/board.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { withWindowNames } from '#core/projection/windowNames.ts';
import { sessionDir } from '#core/base/paths.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { Page } from 'playwright-core';
import { launchBrowser } from '#test/lib/browser.ts';
import { killGroup, spawnGroup } from '#test/lib/processGroup.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { openEditor, type Editor } from '#test/vscode/editor.ts';
import { line, prompt, said } from '#test/unit/core/claude/transcript/entries.ts';
import { PanelPage, servePanel } from '#test/web/panelPage.ts';
import { startVSCode, workbenchUrl } from '#test/lib/vscodeServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { openWorkbench } from '#test/lib/workbench.ts';
import { print, printSpread } from './figure.ts';
import { cpuMs, extensionHostOf } from './hostCpu.ts';

const SESSIONS = 30;
const WORKERS = 1000;
const PAINTS = 20;
const LINES = 60;
const IDLE = { sessions: 10, ms: 60_000, settleMs: 20_000, ageMs: 10 * 60_000 };

/** The Board of thirty sessions with a thousand workers in a browser, and what ten live sessions cost an idle window. */
export async function boardBench(): Promise<void> {
  await ensureRuntimes();
  await drawBoard();
  await idleWindow();
}

/** Sessions of which some need the person, some wait and most work; each has its share of the workers. */
function orchestra(): SessionLog[] {
  const root = tempDir('fermata-bench-');
  return Array.from({ length: SESSIONS }, (_, i) => {
    const [dir, now] = [join(root, `s${i}`), Date.now()];
    createLog(dir, now);
    const workers = Array.from({ length: Math.ceil(WORKERS / SESSIONS) }, (_each, w) => `W${w + 1}`);
    append(
      dir,
      now,
      { t: 'session', session: `s${i}`, cwd: `/home/dev/project-${i % 3}` },
      { t: 'prompt', text: `Task number ${i} of this orchestra` },
      { t: 'turn', state: 'working' },
      ...workers.map((worker) => ({ t: 'spawn', worker, task: `Part ${worker}`, pid: process.pid }) as const),
      ...(i % 4 === 0
        ? [{ t: 'ask', ask: 'a', tool: 'Bash', summary: `npm run deploy -- --stage ${i}` } as const]
        : []),
      ...(i % 5 === 0 ? [{ t: 'turn', state: 'idle' } as const] : []),
    );
    const log = new SessionLog(dir);
    log.refresh();
    return log;
  });
}

const stateOf = (logs: readonly SessionLog[]): PanelState => {
  const now = Date.now();
  const made = logs.map((log, i) => toViewModel(log.state, { now, silentSeconds: 60, id: `s${i}`, live: true }));
  const views = withWindowNames(made);
  const board = boardOf(views, { now, dayStartTs: 0, seenTs: () => undefined });
  return {
    sessions: views.map(({ session }) => session),
    board,
    hooks: { state: 'installed' },
    trusted: true,
    scope: 'window',
    outside: 0,
    needsYou: board.needsYou,
  };
};

async function drawBoard(): Promise<void> {
  const logs = orchestra();
  const [browser, server] = await Promise.all([launchBrowser(), servePanel()]);
  try {
    const paints: number[] = [];
    for (let i = 0; i < PAINTS; i++) {
      const panel = await PanelPage.open(browser, server.url);
      paints.push(await msToPaint(panel, stateOf(logs)));
      await closeWell(panel);
    }
    printSpread('board-first-paint', paints, 'ms', 100);
    const panel = await PanelPage.open(browser, server.url);
    await panel.show(stateOf(logs));
    const times: number[] = [];
    for (let i = 0; i < LINES; i++) {
      const [log, started] = [logs[(7 * i) % SESSIONS] as SessionLog, performance.now()];
      append(log.dir, Date.now(), { t: 'progress', worker: `W${1 + (i % 30)}`, pct: i, message: `line ${i}` });
      log.refresh();
      const state = stateOf(logs);
      times.push(performance.now() - started + (await msToPaint(panel, state)));
    }
    printSpread('board-line-to-pixel', times, 'ms', 100);
    await closeWell(panel);
  } finally {
    await browser.close();
    await server.close();
  }
}

/** From the arrival of a snapshot in the page until the frame with it has been painted. */
function msToPaint({ page }: PanelPage, state: PanelState): Promise<number> {
  return page.evaluate(
    ({ message, generation }) =>
      new Promise<number>((resolve) => {
        const started = performance.now();
        const isDrawn = (): boolean => Number(document.documentElement.dataset['generation'] ?? -1) >= generation;
        const afterFrame = (): void => {
          if (!isDrawn()) requestAnimationFrame(afterFrame);
          // a task that is queued in a frame runs after that frame has been painted
          else setTimeout(() => resolve(performance.now() - started), 0);
        };
        window.postMessage(message, '*');
        requestAnimationFrame(afterFrame);
      }),
    snapshot(state),
  );
}

let generations = 0;
function snapshot(state: PanelState) {
  const generation = ++generations;
  return { message: { type: 'snapshot', generation, state }, generation };
}

async function closeWell(panel: PanelPage): Promise<void> {
  const problems = await panel.close();
  if (problems.length > 0) throw new Error(`the panel had problems: ${problems.join('; ')}`);
}

/** Without them the editor starts two programs every few seconds, which cost more than all that is measured here. */
const NO_PORT_SCAN = { 'remote.autoForwardPorts': false, 'remote.autoForwardPortsSource': 'output' };

/** Processor time of a window's extension host and of its page, milliseconds. */
type Cost = Record<'host' | 'page', number>;

/**
 * What a window costs in which ten sessions live and nothing happens, beyond an editor without Fermata that shows a page of
 * another extension: the editor looks at each visible page four times a second, whatever is in it.
 */
async function idleWindow(): Promise<void> {
  const [plain, shown] = [await costOfPlainEditor(), await costOfBoard()];
  // one part that happened to cost less than the plain editor's must not hide what the other costs
  const share = (part: keyof Cost): number =>
    Number(((100 * Math.max(0, shown[part] - plain[part])) / IDLE.ms).toFixed(2));
  const unit = '% of a core';
  for (const part of ['host', 'page'] as const)
    print({
      name: `idle-window-10-sessions-${part}`,
      value: share(part),
      unit,
      base: 'the plain editor',
      baseValue: Number(((100 * plain[part]) / IDLE.ms).toFixed(2)),
    });
  const value = Number((share('host') + share('page')).toFixed(2));
  print({ name: 'idle-window-10-sessions', value, unit, limit: 0.5, ok: value <= 0.5 });
}

async function costOfBoard(): Promise<Cost> {
  const editor = await openEditor({ settings: NO_PORT_SCAN });
  const claudes = Array.from({ length: IDLE.sessions }, () => spawnGroup('sleep', ['600'], { env: {} }));
  try {
    for (const [i, { pid = -1 }] of claudes.entries()) runSession(editor, `idle-${i}`, pid);
    await editor.panel
      .locator('[data-board]')
      .nth(IDLE.sessions - 1)
      .waitFor();
    return await idleCost(editor.page, editor.server.pid);
  } finally {
    for (const claude of claudes) killGroup(claude);
    await editor.close();
  }
}

async function costOfPlainEditor(): Promise<Cost> {
  const settings = { ...NO_PORT_SCAN, 'workbench.editorAssociations': { '*.md': 'vscode.markdown.preview.editor' } };
  const server = await startVSCode({ home: tempDir('fermata-home-'), settings });
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const project = tempDir('fermata-project-');
    writeFileSync(join(project, 'page.md'), '# A page\n');
    await openWorkbench(page, workbenchUrl(server, project));
    const file = page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'page.md' });
    const isShown = async (): Promise<boolean> => {
      // an editor that is still starting may lose a click
      await file.dblclick();
      await page.locator('iframe.webview.ready').waitFor({ timeout: 5000 });
      return true;
    };
    await waitFor(isShown, { describe: 'the page of another extension', timeoutMs: 60_000 });
    return await idleCost(page, server.pid);
  } finally {
    await browser.close();
    await server.stop();
  }
}

async function idleCost(page: Page, server: number): Promise<Cost> {
  // what starts with a window has ended
  await page.waitForTimeout(IDLE.settleMs);
  const host = extensionHostOf(server);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Performance.enable');
  const cost = async (): Promise<Cost> => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    const busy = metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN;
    return { host: cpuMs(host), page: 1000 * busy };
  };
  const before = await cost();
  await page.waitForTimeout(IDLE.ms);
  const after = await cost();
  return { host: after.host - before.host, page: after.page - before.page };
}

/** A session in every file that a running Claude Code and its hooks keep: log, transcript, and its process's record. */
function runSession({ home, fermataHome, project }: Editor, id: string, pid: number): void {
  const started = Date.now() - IDLE.ageMs;
  const transcript = join(home, '.claude', 'projects', 'bench', `${id}.jsonl`);
  const steps = Array.from({ length: 500 }, (_, i) => said(`Step ${i}. ${'x'.repeat(500)}`));
  mkdirSync(dirname(transcript), { recursive: true });
  writeFileSync(transcript, [prompt(`Task of ${id}`), ...steps].map(line).join(''));
  const processes = join(home, '.claude', 'sessions');
  mkdirSync(processes, { recursive: true });
  const record = { pid, sessionId: id, cwd: project, procStart: startTimeOf(pid), startedAt: started, status: 'busy' };
  writeFileSync(join(processes, `${pid}.json`), JSON.stringify(record));
  const dir = sessionDir(fermataHome, id);
  createLog(dir, started);
  writeSessionInfo(dir, { session: id, project, pid, started });
  publish(
    dir,
    started,
    { t: 'session', session: id, cwd: project, transcript },
    { t: 'prompt', text: `Task of ${id}` },
    { t: 'turn', state: 'working' },
    ...['W1', 'W2', 'W3'].map((worker) => ({ t: 'spawn', worker, task: `Part ${worker}`, pid }) as const),
  );
}
