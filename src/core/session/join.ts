import { basename } from 'node:path';
import { CONDUCTOR, USER, isWorkerId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { exists } from '#core/base/files/facts.ts';
import { removeFile } from '#core/base/files/remove.ts';
import { renameFile } from '#core/base/files/rename.ts';
import { replaceFolderByFile } from '#core/base/files/replaceFolder.ts';
import { append } from '#core/log/append.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { SESSION } from '#core/fold/kinds.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { workerName } from './role.ts';
import { publish } from './publish.ts';
import { joinBackups, joinedFolder, joinFolder, joinText, nextJoinBackup, resolveSessionDir } from './folder.ts';
import { isSessionLive, readSessionInfo } from './info.ts';
import { openLog } from './sessionLog.ts';

/** A session cannot join another one. The message is a sentence for the person; nothing was changed. */
export class JoinRefused extends Error {}

export interface JoinRequest {
  home: string;
  /** The session that joins `target`. */
  session: string;
  target: string;
  /** The name of the worker that it becomes; by default one from its id. */
  name?: string;
  now: number;
  /** Puts the file in the place of the folder; a disk may be full. */
  replaceFolder?: typeof replaceFolderByFile;
}

export interface JoinResult {
  worker: string;
  /** The folder that both sessions use now. */
  dir: string;
  /** The path of its own folder until it leaves. */
  backup: string;
}

/**
 * Makes a session a worker of another one, so that both share locks, votes and messages: a file that names the other one
 * takes the place of its folder, which is kept beside it until it ends. Hooks wait for the moment between the two
 * (`recoverInterruptedJoin`). Throws JoinRefused, or the system's error; then nothing has changed.
 */
export function joinSession(request: JoinRequest): JoinResult {
  const { home, session, target, name, now, replaceFolder = replaceFolderByFile } = request;
  const dir = sessionDir(home, session);
  const targetDir = resolveTargetDir(home, session, target);
  const { state, own } = validateJoin(dir, targetDir, session, target);
  const worker = chooseWorkerName(state, session, name);
  const { pid, startTime, host, project } = own;
  publish(targetDir, now, {
    t: 'spawn',
    worker,
    kind: SESSION,
    parent: CONDUCTOR,
    session,
    task: `Claude Code in ${project}`,
    cwd: project,
    pid,
    startTime,
    host,
  });
  const backup = nextJoinBackup(dir);
  try {
    replaceFolder(dir, backup, joinText(targetDir));
  } catch (error) {
    publish(targetDir, now, { t: 'exit', worker, code: 1, reason: `it could not join: ${(error as Error).message}` });
    throw error;
  }
  const message = `joined ${target} as ${worker}`;
  append(backup, now, { t: 'log', level: 'info', message }, { t: 'end', reason: 'joined' });
  return { worker, dir: targetDir, backup };
}

/** The folder in which the session to join works. */
function resolveTargetDir(home: string, session: string, target: string): string {
  const dir = sessionDir(home, target);
  const targetDir = resolveSessionDir(dir);
  if (!exists(sessionPaths(targetDir).log)) throw new JoinRefused(`there is no session ${target}`);
  if (basename(targetDir) === session) throw new JoinRefused('a session cannot join itself');
  const conductor = readSessionInfo(targetDir)?.session;
  if (targetDir !== dir && conductor !== target)
    throw new JoinRefused(`${target} works for ${basename(targetDir)} itself: join that one`);
  return targetDir;
}

function validateJoin(dir: string, targetDir: string, session: string, target: string) {
  if (joinedFolder(dir) !== undefined)
    throw new JoinRefused(`${session} already belongs to ${basename(resolveSessionDir(dir))}`);
  const own = readSessionInfo(dir);
  if (own === undefined || !exists(sessionPaths(dir).log)) throw new JoinRefused(`there is no session ${session}`);
  for (const [id, info] of [
    [session, own],
    [target, readSessionInfo(targetDir)],
  ] as const)
    if (isSessionLive(info) === false) throw new JoinRefused(`${id} has ended`);
  const ownState = openLog(dir).state;
  const state = openLog(targetDir).state;
  const newerReason = newerFormatReason(ownState) ?? newerFormatReason(state);
  if (newerReason !== undefined) throw new JoinRefused(newerReason);
  const activeWorkers = [...ownState.workers.values()].filter((w) => !hasEnded(w)).map((w) => w.id);
  if (activeWorkers.length > 0) throw new JoinRefused(`workers of ${session} are at work: ${activeWorkers.join(', ')}`);
  const activeIds = [...ownState.blocks.values()].filter((b) => b.ended === undefined).map((b) => b.id);
  if (activeIds.length > 0) throw new JoinRefused(`blocks of ${session} stand: ${activeIds.join(', ')}`);
  return { state, own };
}

function chooseWorkerName(state: SessionState, session: string, name: string | undefined): string {
  if (name !== undefined) {
    if (!isWorkerId(name) || name === CONDUCTOR || name === USER)
      throw new JoinRefused(`"${name}" cannot be the name of a worker`);
    if (state.workers.has(name)) throw new JoinRefused(`there is a worker ${name} already`);
    return name;
  }
  const base = workerName({}, session);
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? base : `${base}-${number}`;
    if (!state.workers.has(candidate)) return candidate;
  }
}

/** Gives a session that joined another one its own folder back. Returns whether it has its own folder then. */
export function leaveJoined(dir: string): boolean {
  const backup = joinBackups(dir).at(-1);
  const joined = joinedFolder(dir);
  if (backup === undefined || joined === undefined) return joined === undefined;
  removeFile(dir);
  try {
    renameFile(backup, dir);
    return true;
  } catch {
    // another hook of the session has made a new folder, or renaming is forbidden: stay joined where possible
    joinFolder(dir, joined);
    return joinedFolder(dir) === undefined;
  }
}

const JOIN_TIMEOUT_MS = 300;

/**
 * For a hook that finds no folder of its session: waits for the file where the session is just joining another one, and
 * restores the folder where the joining process was killed between its two steps.
 */
export function recoverInterruptedJoin(dir: string): void {
  const backup = exists(dir) ? undefined : joinBackups(dir).at(-1);
  if (backup === undefined) return;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < JOIN_TIMEOUT_MS && !exists(dir); waited += 10) Atomics.wait(pause, 0, 0, 10);
  if (exists(dir)) return;
  try {
    renameFile(backup, dir);
  } catch {
    // another hook was faster
  }
}
