import { execFile, spawn } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { installPrograms } from '#test/lib/fermata.ts';
import { inotifyWatches } from '#test/lib/inotifyWatches.ts';
import { ensureRuntimes } from '#test/lib/runtimes.ts';
import { processesOf } from '#test/lib/stress/plans.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { openEditor, type Editor } from '#test/vscode/editor.ts';
import { createSession } from '#test/vscode/testSession.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { benchSeconds, print } from './figure.ts';
import { extensionHostOf } from './hostCpu.ts';
import { growth, HostProbe } from './hostProbe.ts';
import { SessionCalls } from './sessionCalls.ts';

const SETTLE_MS = 15_000;
const DEFAULT_SECONDS = 300;
/** Sessions that are there at the same time. */
const AT_ONCE = 2;
/** So many sessions come and go between two prunings. */
const PRUNED_EVERY = 5;
const LOOKS = 10;

/** What is held at one moment. */
interface Look {
  files: number;
  handles: number;
  watches: number;
}

/**
 * Sessions come and go while the panel is open: each starts, plans nothing, makes calls, has workers that report, and ends or is
 * killed; old ones are pruned. For five minutes, or for FERMATA_BENCH_SECONDS (3600 for the full hour).
 */
export async function soakBench(): Promise<void> {
  await ensureRuntimes();
  const seconds = benchSeconds(DEFAULT_SECONDS);
  const probe = new HostProbe();
  let editor: Editor | undefined;
  try {
    editor = await openEditor(probe.editor);
    const { fermataHome: home, project, page, server } = editor;
    installPrograms(home);
    writeFileSync(homePaths(home).settings, '{"hold.seconds": 0}');
    const staying = createSession(home, project, 'staying');
    staying.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
    await page.waitForTimeout(SETTLE_MS);
    const host = extensionHostOf(server.pid);
    const look = (): Look => ({
      files: readdirSync(homePaths(home).sessions).length,
      handles: readdirSync(`/proc/${host}/fd`).length,
      watches: inotifyWatches(host),
    });
    const looks: Look[] = [];
    const calls = new SessionCalls(home, project);
    probe.begin();
    const until = performance.now() + seconds * 1000;
    let came = 0;
    const comeAndGo = async (): Promise<void> => {
      while (performance.now() < until) {
        await oneSession(home, project, `soak-${came++}`);
        if (came % PRUNED_EVERY === 0) await prune(home, project, '20s');
      }
    };
    const looking = async (): Promise<void> => {
      for (let i = 1; i <= LOOKS; i++) {
        while (performance.now() < until - ((LOOKS - i) * seconds * 1000) / LOOKS) await calls.round('staying');
        looks.push(look());
      }
    };
    await Promise.all([...Array.from({ length: AT_ONCE }, comeAndGo), looking()]);
    await waitFor(() => processesOf(home).filter(({ pid }) => pid !== host).length <= 0, {
      describe: 'every process of the sessions to end',
    }).catch(() => {});
    // the last one is to be old as well
    await page.waitForTimeout(3000);
    await prune(home, project, '1s');
    print({ name: 'soak-sessions', value: came, unit: 'sessions' });
    calls.report('soak', { gate: 2.5, hook: 3 });
    probe.print('soak-host', 50);
    const memory = growth(probe.memory);
    print({ name: 'soak-host-memory', ...memory, limit: 1.2, ok: memory.value <= 1.2 });
    for (const name of ['handles', 'watches'] as const) {
      const change = growth(looks.map((each) => each[name]));
      print({ name: `soak-host-${name}`, ...change, limit: 1.2, ok: change.value <= 1.2 });
    }
    const processes = processesOf(home).length;
    print({ name: 'soak-processes-left', value: processes, unit: 'processes', limit: 0, ok: processes === 0 });
    // the session that stays, and nothing else
    const left = look().files;
    print({ name: 'soak-files-after-pruning', value: left, unit: 'sessions', limit: 1, ok: left <= 1 });
  } finally {
    probe.stop();
    await editor?.close();
  }
}

/** The life of one session below a shell that plays Claude: its hooks are its children, and end with it. */
async function oneSession(home: string, project: string, session: string): Promise<void> {
  const folder = tempDir('fermata-soak-');
  const payload = (event: string, more: object = {}): void =>
    writeFileSync(
      join(folder, event),
      JSON.stringify({
        session_id: session,
        hook_event_name: event,
        cwd: project,
        transcript_path: '/t.jsonl',
        ...more,
      }),
    );
  const call = { tool_name: 'Read', tool_input: { file_path: join(project, 'a') }, tool_use_id: 't1' };
  payload('SessionStart', { source: 'startup' });
  payload('UserPromptSubmit', { prompt: 'go' });
  payload('PreToolUse', call);
  payload('PostToolUse', { ...call, tool_response: {} });
  payload('Stop', { stop_hook_active: false });
  payload('SessionEnd', { reason: 'other' });
  const isKilled = session.endsWith('7');
  const hook = (event: string): string => `"$FERMATA_HOME/hooks/gate.sh" ${event} 60 <"$1/${event}" >/dev/null`;
  const worker = (name: string, ...words: string[]): string =>
    `FERMATA_WORKER=${name} fermata ${words.join(' ')} >/dev/null`;
  const life = [
    hook('SessionStart'),
    hook('UserPromptSubmit'),
    worker('W1', 'progress', '10'),
    worker('W1', 'inform', '"half of it"'),
    ...[1, 2, 3].flatMap(() => [hook('PreToolUse'), hook('PostToolUse')]),
    worker('W1', 'done'),
    hook('Stop'),
    isKilled ? 'kill -9 $$' : hook('SessionEnd'),
  ];
  const env = cleanEnv(home, {
    FERMATA_HOME: home,
    FERMATA_SESSION_DIR: join(homePaths(home).sessions, session),
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_PROJECT_DIR: project,
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
  });
  await new Promise((resolve) => {
    spawn('/bin/sh', ['-c', life.join('\n'), 'sh', folder], { env, cwd: project, stdio: 'ignore' }).on(
      'close',
      resolve,
    );
  });
}

function prune(home: string, project: string, age: string): Promise<void> {
  const env = cleanEnv(home, { FERMATA_HOME: home });
  return new Promise((resolve) => {
    execFile(homePaths(home).cli, ['prune', '--older-than', age, '--yes'], { env, cwd: project }, () => resolve());
  });
}
