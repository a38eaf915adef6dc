import { join } from 'node:path';
import type { SessionState, Worker } from '#protocol/state.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { entriesIn } from '#core/base/files/folder.ts';
import { workerPaths } from '#core/base/paths.ts';
import { formatDuration } from '#protocol/duration.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';

/** A worker's own writes may have times this far outside its run. */
const TOLERANCE_MS = 2000;
/** Only this number of workers that ended last, and of files of each, is checked, to keep it cheap. */
const LIMITS = { workers: 50, files: 300, depth: 6 } as const;

/**
 * Publishes a warning for each worker into whose `out/` something was written before it was started or after it had
 * ended; once for each worker. The system does not show the writer, so the warning lists the workers that ran then.
 * Writes while the owner runs cannot be distinguished from its own. Returns the workers that were reported.
 */
export function reportForeignWrites(log: SessionLog, now: number): string[] {
  if (log.readOnly) return [];
  const found = foreignWrites(log.dir, log.state);
  if (found.length === 0) return [];
  // another process may have published it since
  log.refresh();
  const unreported = found.filter(({ worker }) => log.state.workers.get(worker)?.outputTampered !== true);
  for (const { worker, message } of unreported)
    publish(log.dir, now, { t: 'log', level: 'warn', worker, message, about: 'out' });
  if (unreported.length > 0) log.refresh();
  return unreported.map(({ worker }) => worker);
}

function foreignWrites(dir: string, state: SessionState): { worker: string; message: string }[] {
  const ended = [...state.workers.values()]
    .filter(
      (w) => w.startedTs !== undefined && w.endedTs !== undefined && w.run !== undefined && w.outputTampered !== true,
    )
    .toSorted((a, b) => (b.endedTs ?? 0) - (a.endedTs ?? 0));
  return ended.slice(0, LIMITS.workers).flatMap((worker) => {
    const message = describeForeignWrite(dir, state, worker);
    return message === undefined ? [] : [{ worker: worker.id, message }];
  });
}

function describeForeignWrite(dir: string, state: SessionState, worker: Worker): string | undefined {
  const { id, startedTs = 0, endedTs = 0 } = worker;
  for (const { name, ts } of filesIn(workerPaths(dir, id).out)) {
    const early = ts < startedTs - TOLERANCE_MS;
    if (!early && ts <= endedTs + TOLERANCE_MS) continue;
    const when = early
      ? `${formatDuration(startedTs - ts)} before ${id} was started`
      : `${formatDuration(ts - endedTs)} after ${id} had ended`;
    const others = [...state.workers.values()].filter((w) => w.id !== id && wasRunning(w, ts)).map((w) => w.id);
    const who =
      others.length === 0 ? 'No other worker was at work then' : `At work then: ${others.slice(0, 8).join(', ')}`;
    return `${name} in the folder of ${id} was written ${when}. ${who}. Only ${id} should write there; others hand their work on with "fermata handoff".`;
  }
  return undefined;
}

const wasRunning = ({ startedTs, endedTs }: Worker, ts: number): boolean =>
  startedTs !== undefined && startedTs <= ts && (endedTs === undefined || endedTs >= ts);

/** Files of a folder with the time of their last change (ctime: no program can set it back). Links are not followed. */
function filesIn(root: string): { name: string; ts: number }[] {
  const files: { name: string; ts: number }[] = [];
  const walk = (folder: string, depth: number): void => {
    for (const entry of entriesIn(join(root, folder))) {
      if (files.length >= LIMITS.files) return;
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (depth < LIMITS.depth) walk(name, depth + 1);
      } else {
        const stats = lstatOf(join(root, name));
        if (stats !== undefined) files.push({ name, ts: Math.round(stats.ctimeMs) });
      }
    }
  };
  if (lstatOf(root)?.isDirectory() === true) walk('', 0);
  return files;
}
