import { statSync, writeFileSync } from 'node:fs';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { installPrograms } from '#test/lib/fermata.ts';
import { endAll, start } from '#test/lib/stress/program.ts';
import { appendToDom } from '#test/vscode/appendToDom.ts';
import { openEditor, type Editor } from '#test/vscode/editor.ts';
import { createSession } from '#test/vscode/testSession.ts';
import { benchSeconds, print, printSpread } from './figure.ts';
import { growth, HostProbe } from './hostProbe.ts';
import { SessionCalls } from './sessionCalls.ts';

const WORKERS = 1000;
/** Lines a second, of all writers together. */
const RATE = 5000;
const WRITERS = 4;
/** An editor that was just opened still starts what is not ours. */
const SETTLE_MS = 15_000;
const DEFAULT_SECONDS = 60;

/**
 * A thousand workers append five thousand lines a second while the panel is open and the session makes calls: for a minute,
 * or for FERMATA_BENCH_SECONDS (600 for the full ten minutes).
 */
export async function loadBench(): Promise<void> {
  await ensureRuntimes();
  const seconds = benchSeconds(DEFAULT_SECONDS);
  const probe = new HostProbe();
  let editor: Editor | undefined;
  try {
    editor = await openEditor(probe.editor);
    const { fermataHome, project, panel, page } = editor;
    installPrograms(fermataHome);
    writeFileSync(homePaths(fermataHome).settings, '{"hold.seconds": 0}');
    const session = createSession(fermataHome, project, 'bench');
    const workers = Array.from({ length: WORKERS }, (_, i) => `W${i + 1}`);
    session.publish(...workers.map((worker) => ({ t: 'spawn', worker, task: `Part ${worker}` }) as const));
    session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
    await panel.getByText('Part W1', { exact: true }).first().waitFor();
    await page.waitForTimeout(SETTLE_MS);
    probe.begin();
    const calls = new SessionCalls(fermataHome, project);
    const toText: number[] = [];
    const share = (WORKERS - 1) / WRITERS;
    const writers = await Promise.all(
      // the first worker's words are those that are looked for in the panel
      Array.from({ length: WRITERS }, (_, i) =>
        start('loadWriter', [session.dir, 2 + Math.floor(i * share), Math.floor(share), RATE / WRITERS, seconds]),
      ),
    );
    while (!writers.every(({ exited }) => exited)) {
      await calls.round('bench');
      toText.push(...(await appendToDom(panel, session, 1, toText.length)));
    }
    const lines = writers.map(({ lines: [line = '{}'] }) => JSON.parse(line) as { written: number; ms: number });
    const rate = Math.round(lines.reduce((sum, { written, ms }) => sum + (1000 * written) / ms, 0));
    print({
      name: 'load-rate',
      value: rate,
      unit: 'lines/s',
      base: 'asked for',
      baseValue: RATE,
      limit: 0.95 * RATE,
      ok: rate >= 0.95 * RATE,
    });
    calls.report('load', { gate: 2.5, hook: 3 });
    printSpread('load-line-to-text', toText, 'ms', 500);
    probe.print('load-host', 50);
    const memory = growth(probe.memory);
    print({ name: 'load-host-memory', ...memory, limit: 1.3, ok: memory.value <= 1.3 });
    print({ name: 'load-log', value: Math.round(statSync(sessionPaths(session.dir).log).size / 1e6), unit: 'MB' });
    const written = lines.reduce((sum, each) => sum + each.written, 0);
    const { events } = session.state();
    print({
      name: 'load-lines',
      value: events,
      unit: 'events',
      base: 'written by the workers',
      baseValue: written,
      ok: events >= written,
    });
  } finally {
    endAll();
    probe.stop();
    await editor?.close();
  }
}
