import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { homePaths } from '#core/base/paths.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import { WorkerControl } from '#extension/sessions/workerControl.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { inotifyWatches } from '#test/lib/inotifyWatches.ts';

// The sessions of a window without an editor: `window <home> <project> <live> <past> <idleMs>` prints their costs, once so
// many live and past sessions are listed and nothing has happened for that time.

const [, , home = '', project = '', ...counts] = process.argv;
const [live = 0, past = 0, idleMs = 0] = counts.map(Number);
const { settings: defaults } = parseSettings({});
const [settings, trusted, onError] = [() => defaults, () => true, (error: unknown) => console.error(error)];
const { roots } = new WindowFolders(() => [project]);
const control = new WorkerControl({ home, settings });
const superviseWorkers = async (log: SessionLog): Promise<void> => control.supervise(log);
const store = new SessionStore({ home, roots, settings, trusted, superviseWorkers, onError });
const transcriptSessions = new TranscriptSessions({
  config: join(home, 'claude'),
  sessions: homePaths(home).sessions,
  roots,
  now: Date.now,
  describeHookProblem: () => '',
});
const list = new SessionList({ store, transcriptSessions, settings, trusted, onError });

async function measure(): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  await pause(100);
  delay.reset();
  void store.start();
  list.start();
  while (store.list().length < live || store.past().length < past) await pause(20);
  await pause(3000);
  delay.disable();
  const [fromMs, from] = [performance.now(), process.cpuUsage()];
  await pause(idleMs);
  const { user, system } = process.cpuUsage(from);
  const idleShare = (user + system) / 1000 / (performance.now() - fromMs);
  // without garbage; V8 has given back what a busy start needs when nothing has happened for ten seconds
  (globalThis as { gc?: () => void }).gc?.();
  const megabytes = process.memoryUsage().rss / 1e6;
  console.log(JSON.stringify({ watches: inotifyWatches(), stallMs: delay.max / 1e6, idleShare, megabytes }));
  process.exit();
}

void measure();
