import { homedir } from 'node:os';
import { basename, dirname, join, sep } from 'node:path';
import { isSessionId, isWorkerId } from '#protocol/ids.ts';
import { exists } from './files/facts.ts';
import { addHome } from './files/ownFolders.ts';
import { nativePath } from './windowsPath.ts';

/** The Fermata home: FERMATA_HOME, else `~/.fermata`. */
export function fermataHome(env: NodeJS.ProcessEnv): string {
  return nativePath(env['FERMATA_HOME'] || join(env['HOME'] || homedir(), '.fermata'));
}

/** Names in a folder as paths. Each hook needs dozens: the folder is normalized once, which takes longer than all the rest. */
function inside(folder: string): (name: string) => string {
  const root = join(folder, sep);
  return (name) => root + name;
}

/** Paths under the Fermata home (DESIGN §2). No other file joins them. */
export function homePaths(home: string) {
  addHome(home);
  const at = inside(home);
  return {
    home,
    sessions: at('sessions'),
    logs: at('logs'),
    settings: at('settings.json'),
    projects: at('projects'),
    approved: at('approved.json'),
    /** The secret by which plans are known to be Fermata's own. */
    key: at('key'),
    failClosed: at('fail-closed'),
    runtime: at('runtime'),
    hook: at(`hooks${sep}hook.cjs`),
    runner: at(`hooks${sep}runner.cjs`),
    bridge: at(`hooks${sep}bridge.cjs`),
    gitWatch: at(`hooks${sep}gitWatch.cjs`),
    /** The claim of the process that looks what agents have not committed. */
    gitWatchRun: at('git-watch'),
    /** The repositories into which git hooks were installed. */
    gitHooks: at('git-hooks.json'),
    /** The claim of the process that carries words to other machines, and when it was last needed. */
    bridgeRun: at('bridge'),
    bridgeStatus: at('bridge.json'),
    /** What `fermata machines serve` has made: the server's configuration, its store and the credentials of machines. */
    served: at('server'),
    bin: at('bin'),
    /** May be deleted at any time. */
    cache: at('cache'),
    /** The demo's project. */
    demo: at('demo'),
    demoProgram: at(`lib${sep}demo.cjs`),
    /** The module of the plugin in Claude Code, as it was built. */
    modModule: at(`hooks${sep}register.js`),
    cli: at(`bin${sep}fermata`),
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
  const at = inside(dir);
  return {
    dir,
    info: at('session.json'),
    log: at('events.jsonl'),
    /** The bytes of the log of a session whose seat is another machine; `log` is then this machine's outbox. */
    copy: at('copy.jsonl'),
    /** Where the seat is, in a session that several machines share. */
    seat: at('seat.json'),
    /** What the workers of this machine have left for the seat, and how far that has arrived. */
    results: at('results.jsonl'),
    resultsInfo: at('results.json'),
    /** At the seat: how far the results of a machine are taken. */
    arrived: (machine: string) => at(`arrived${sep}${machine}.json`),
    snapshot: at('snapshot.json'),
    armed: at('armed'),
    flags: at('flags'),
    /** Marks of flags that cannot be removed. The gate knows it too. */
    ignoredFlags: at('flags-ignored'),
    /** What lay among the flags and is none. */
    setAside: at('set-aside'),
    /** How far the transcripts of agents were read for budgets. */
    spent: at('spent'),
    spentOf: (agent: string) => at(`spent${sep}${agent}.json`),
    runs: at('runs'),
    workers: at('workers'),
    /** Names the process that waits to wake the session (hooks/wake.sh). */
    waiter: at('waiter'),
    /** The sign of life of the plugin in the session's Claude Code. The waiter knows it too. */
    mod: at('mod'),
    /** What Claude Code has handed to its status line last (hooks/status-line.sh). */
    statusLine: at('status-line.json'),
    /** Of each Claude process in which the person's own entries run; the gate looks for it at a shared entry. */
    ownEntries: (pid: number) => at(`${OWN_ENTRIES}${pid}`),
  };
}

/** The log that is read: the copy, where the session's seat is another machine. Lines are always appended to `log`. */
export function logToRead(dir: string): string {
  const { copy, log } = sessionPaths(dir);
  return exists(copy) ? copy : log;
}

/** Paths inside a worker's folder. Throws on an invalid id. */
export function workerPaths(session: string, worker: string) {
  if (!isWorkerId(worker)) throw new Error(`not a worker id: ${JSON.stringify(worker.slice(0, 80))}`);
  const dir = join(session, 'workers', worker);
  const at = inside(dir);
  return {
    dir,
    claim: at('run'),
    dispatched: at('sent'),
    out: at('out'),
    stdout: at('stdout.log'),
    stderr: at('stderr.log'),
    /** Until when a person looks at its output, as the time of its last change. */
    look: at('look'),
    /** What the seat has of the output of a worker on another machine, and what is not whole yet. */
    fetched: at('fetched.json'),
    stdoutPart: at('stdout.log.part'),
    stderrPart: at('stderr.log.part'),
    arriving: at('arriving'),
    /** Made by whatever keeps its results for the seat, which happens once. */
    kept: at('kept'),
    stdoutPipe: at('stdout.pipe'),
    stderrPipe: at('stderr.pipe'),
  };
}

/** The rules file of a project. */
export const rulesPath = (project: string): string => join(project, '.fermata', 'rules.json');
