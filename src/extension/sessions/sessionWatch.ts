import type { FSWatcher } from 'chokidar';
import { statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { isShared, mountOf } from '#core/install/doctor/fileSystem.ts';
import type { Settings } from '#protocol/settings.ts';
import type { Disposable } from '#extension/base/emitter.ts';

/** What of a session's folder is watched: the log, whose session it is, and the person's flags. */
const WATCHED = new Set(['events.jsonl', 'session.json', 'flags']);
/** How often a folder that is not there is looked for. */
const DIR_POLL_MS = 1000;
/** How often files are looked at where no events come. */
const POLL_MS = 200;

/** What has changed in the folder of sessions; `part` is undefined for the session's folder itself. A hint: the disk is the truth. */
export type SessionHint = (session: string, part: string | undefined) => void;

/** Whether a path below the folder of sessions is passed over: workers, runs, snapshots, what is armed. Pure. */
export function isIgnored(root: string, path: string): boolean {
  const [session, part, ...rest] = relative(root, path).split(sep);
  if (session === undefined || session === '') return false;
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(session)) return true;
  if (part === undefined) return false;
  return !WATCHED.has(part) || rest.length > 1 || (rest[0]?.endsWith('.tmp') ?? false);
}

/** Whether a folder on such a file system is looked at again and again, since what others change there sends no events. Pure. */
export function usesPolling(setting: Settings['watch.polling'], fileSystem: string | undefined): boolean {
  if (setting !== 'auto') return setting === 'always';
  return fileSystem !== undefined && isShared(fileSystem);
}

/**
 * Watches the folder of sessions and says which one to look at. A folder that is missing is looked for until it is
 * there; one that is removed is looked for again.
 */
export function watchSessions(
  root: string,
  polling: Settings['watch.polling'],
  hint: SessionHint,
  onError: (error: unknown) => void,
): Disposable {
  let watcher: Promise<FSWatcher> | undefined;
  let disposed = false;

  const start = async (): Promise<FSWatcher> => {
    const { watch } = await import('chokidar');
    const started = watch(root, {
      ignored: (path) => isIgnored(root, path),
      followSymlinks: false,
      depth: 2,
      usePolling: usesPolling(polling, mountOf(root)),
      interval: POLL_MS,
    });
    started.on('all', (_event, path) => {
      const [session, part] = relative(root, path).split(sep);
      if (session !== undefined && session !== '' && !disposed) hint(session, part);
    });
    started.on('error', onError);
    return started;
  };
  const stop = (): void => {
    watcher?.then((started) => started.close()).catch(onError);
    watcher = undefined;
  };
  const check = (): void => {
    if (disposed) return;
    const exists = statSync(root, { throwIfNoEntry: false })?.isDirectory() ?? false;
    if (!exists) stop();
    else if (watcher === undefined) {
      watcher = start();
      watcher.catch(onError);
    }
  };

  check();
  const timer = setInterval(check, DIR_POLL_MS);
  timer.unref();
  return {
    dispose: () => {
      disposed = true;
      clearInterval(timer);
      stop();
    },
  };
}
