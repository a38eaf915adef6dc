import { appendFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { installPrograms } from '#test/lib/fermata.ts';
import { growLog } from '#test/lib/largeLog.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { createSession } from '#test/vscode/testSession.ts';
import { openEditor } from '#test/vscode/editor.ts';
import { print } from './figure.ts';
import { HostProbe } from './hostProbe.ts';
import { processTime } from './processTime.ts';
import { SessionCalls } from './sessionCalls.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

/** The logs, and how they are written. */
const LOGS: Record<string, (file: string) => void> = {
  '5-million-lines': (file) => writeSyntheticLog(file, 5_000_000),
  '2-GB': (file) => void growLog(file, 2e9),
};
const SETTLE_MS = 15_000;
/** Hooks beside their bases, once there is a snapshot. */
const ROUNDS = 15;
const TIMEOUT_MS = 600_000;

/** Logs that are far beyond what a session makes, opened without a snapshot: by the command, and by the editor with its panel. */
export async function coldBench(): Promise<void> {
  await ensureRuntimes();
  for (const [name, write] of Object.entries(LOGS)) await openCold(name, write);
}

async function openCold(name: string, write: (file: string) => void): Promise<void> {
  const probe = new HostProbe();
  const editor = await openEditor(probe.editor);
  try {
    const { fermataHome: home, project, panel, page } = editor;
    installPrograms(home);
    writeFileSync(homePaths(home).settings, '{"hold.seconds": 0}');
    await page.waitForTimeout(SETTLE_MS);
    probe.begin();
    const session = createSession(home, project, 'large');
    const { log, snapshot } = sessionPaths(session.dir);
    // in one step, so that the editor meets all of it at once
    const making = join(home, 'making');
    write(making);
    // what waits for the person is at the top, however many workers there are
    const last = { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, message: 'The last line of all' };
    appendFileSync(making, `${JSON.stringify(last)}\n`);
    renameSync(making, log);
    const megabytes = Math.round(statSync(log).size / 1e6);
    print({ name: `cold-${name}-size`, value: megabytes, unit: 'MB' });
    const written = performance.now();
    await panel.getByText('The last line of all').first().waitFor({ timeout: TIMEOUT_MS });
    const shownMs = performance.now() - written;
    print({ name: `cold-${name}-line-to-panel`, value: Math.round(shownMs), unit: 'ms' });
    probe.print(`cold-${name}-host`, 50);
    print({ name: `cold-${name}-host-memory`, value: Math.round(Math.max(...probe.memory)), unit: 'MB' });
    rmSync(snapshot, { force: true });
    const env = { PATH: process.env['PATH'] ?? '', HOME: home, FERMATA_HOME: home, FERMATA_SESSION_DIR: session.dir };
    const commandMs = await processTime({ file: homePaths(home).cli, args: ['status'], env });
    print({ name: `cold-${name}-status`, value: Math.round(commandMs), unit: 'ms' });
    print({ name: `cold-${name}-status-rate`, value: Math.round((1000 * megabytes) / commandMs), unit: 'MB/s' });
    session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
    const calls = new SessionCalls(home, project);
    for (let i = 0; i < ROUNDS; i++) await calls.round('large');
    calls.report(`cold-${name}`, { gate: 2, hook: 3 });
  } finally {
    probe.stop();
    await editor.close();
  }
}
