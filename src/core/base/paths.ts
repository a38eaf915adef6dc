import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isSessionId, isWorkerId } from '#protocol/ids.ts';
import { addHome } from './files/ownFolders.ts';

/** The Fermata home: FERMATA_HOME, else `~/.fermata`. */
export function fermataHome(env: NodeJS.ProcessEnv): string {
  return env['FERMATA_HOME'] || join(env['HOME'] || homedir(), '.fermata');
}

/** Paths under the Fermata home (DESIGN §2). No other file joins them. */
export function homePaths(home: string) {
  addHome(home);
  return {
    home,
    sessions: join(home, 'sessions'),
    logs: join(home, 'logs'),
    settings: join(home, 'settings.json'),
    projects: join(home, 'projects'),
    approved: join(home, 'approved.json'),
    /** The secret by which plans are known to be Fermata's own. */
    key: join(home, 'key'),
    failClosed: join(home, 'fail-closed'),
    runtime: join(home, 'runtime'),
    hook: join(home, 'hooks', 'hook.cjs'),
    runner: join(home, 'hooks', 'runner.cjs'),
    bin: join(home, 'bin'),
    /** May be deleted at any time. */
    cache: join(home, 'cache'),
    /** The demo's project. */
    demo: join(home, 'demo'),
    demoProgram: join(home, 'lib', 'demo.cjs'),
    /** The module of the plugin in Claude Code, as it was built. */
    modModule: join(home, 'hooks', 'register.js'),
    cli: join(home, 'bin', 'fermata'),
  };
}

/** The folder of a session. Throws on an invalid id, so that no untrusted id becomes part of a path. */
export function sessionDir(home: string, id: string): string {
  if (!isSessionId(id)) throw new Error(`not a session id: ${JSON.stringify(id.slice(0, 80))}`);
  addHome(home);
  return join(home, 'sessions', id);
}

export const OWN_ENTRIES = 'own-';

/** Paths inside a session's folder. */
export function sessionPaths(dir: string) {
  const sessions = dirname(dir);
  if (basename(sessions) === 'sessions') addHome(dirname(sessions));
  return {
    dir,
    info: join(dir, 'session.json'),
    log: join(dir, 'events.jsonl'),
    snapshot: join(dir, 'snapshot.json'),
    armed: join(dir, 'armed'),
    flags: join(dir, 'flags'),
    /** Marks of flags that cannot be removed. The gate knows it too. */
    ignoredFlags: join(dir, 'flags-ignored'),
    /** What lay among the flags and is none. */
    setAside: join(dir, 'set-aside'),
    runs: join(dir, 'runs'),
    workers: join(dir, 'workers'),
    /** Names the process that waits to wake the session (hooks/wake.sh). */
    waiter: join(dir, 'waiter'),
    /** The sign of life of the plugin in the session's Claude Code. The waiter knows it too. */
    mod: join(dir, 'mod'),
    /** Of each Claude process in which the person's own entries run; the gate looks for it at a shared entry. */
    ownEntries: (pid: number) => join(dir, `${OWN_ENTRIES}${pid}`),
  };
}

/** Paths inside a worker's folder. Throws on an invalid id. */
export function workerPaths(session: string, worker: string) {
  if (!isWorkerId(worker)) throw new Error(`not a worker id: ${JSON.stringify(worker.slice(0, 80))}`);
  const dir = join(session, 'workers', worker);
  return {
    dir,
    claim: join(dir, 'run'),
    dispatched: join(dir, 'sent'),
    out: join(dir, 'out'),
    stdout: join(dir, 'stdout.log'),
    stderr: join(dir, 'stderr.log'),
    stdoutPipe: join(dir, 'stdout.pipe'),
    stderrPipe: join(dir, 'stderr.pipe'),
  };
}

/** The rules file of a project. */
export const rulesPath = (project: string): string => join(project, '.fermata', 'rules.json');
