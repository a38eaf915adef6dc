import { basename } from 'node:path';
import { CONDUCTOR, USER, isWorkerId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { exists } from '#core/base/files/facts.ts';
import { removeFile } from '#core/base/files/remove.ts';
import { renameFile } from '#core/base/files/rename.ts';
import { replaceFolderByFile } from '#core/base/files/replaceFolder.ts';
import { append, type NewEvent } from '#core/log/append.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { SESSION } from '#core/fold/kinds.ts';
import { roomName } from '#core/fold/rooms.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { sleepSync } from '#core/base/sleep.ts';
import { workerName } from './role.ts';
import { publish } from './publish.ts';
import { joinBackups, joinedFolder, joinFolder, joinText, nextJoinBackup, resolveSessionDir } from './folder.ts';
import { isSessionLive, readSessionInfo } from './info.ts';
import { isCopy, readSeat } from './seat.ts';
import { openLog } from './sessionLog.ts';
import { settle } from './settle.ts';

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

/** A join that nothing speaks against: what has to be published and moved for it. */
interface Preparation {
  dir: string;
  targetDir: string;
  worker: string;
  spawn: NewEvent;
}

/**
 * Makes a session a worker of another one, so that both share locks, votes and messages: a file that names the other one
 * takes the place of its folder, which is kept beside it until it ends. Hooks wait for the moment between the two
 * (`recoverInterruptedJoin`). Throws JoinRefused, or the system's error; then nothing has changed.
 */
export function joinSession(request: JoinRequest): JoinResult {
  const preparation = prepareJoin(request);
  publish(preparation.targetDir, request.now, preparation.spawn);
  return completeJoin(request, preparation);
}

/** How long it is waited that the seat has a session which joins it from another machine. */
const ARRIVAL_MS = 10_000;

/**
 * The same for a session whose seat is another machine: it joins the copy once the seat has it as a worker, and not at all
 * where the seat does not answer. Throws as `joinSession` does.
 * @param ms how long it is waited for the seat
 */
export async function joinCopy(request: JoinRequest, ms = ARRIVAL_MS): Promise<JoinResult> {
  const preparation = prepareJoin(request);
  const { targetDir, worker, spawn } = preparation;
  const giveUp = (why: string): never => {
    publish(targetDir, request.now, { t: 'exit', worker, code: 1, reason: `it could not join: ${why}` });
    throw new JoinRefused(why);
  };
  const log = openLog(targetDir);
  publish(targetDir, request.now, spawn);
  const seat = readSeat(targetDir)?.seat ?? 'the machine of the session';
  if (!(await settle(log, ms))) giveUp(`${seat} did not answer in time; "fermata machines" shows the connection`);
  if (log.state.workers.get(worker)?.session !== request.session)
    throw new JoinRefused(`${seat} does not take ${worker}: another machine may have a worker of that name`);
  return completeJoin(request, preparation);
}

function prepareJoin({ home, session, target, name }: JoinRequest): Preparation {
  const dir = sessionDir(home, session);
  const targetDir = resolveTargetDir(home, session, target);
  const { state, own } = validateJoin(dir, targetDir, session, target);
  const worker = chooseWorkerName(state, session, name);
  const { pid, startTime, host, project } = own;
  const task = `Claude Code in ${project}`;
  const process = { pid, startTime, host };
  const spawn = { t: 'spawn' as const, worker, kind: SESSION, parent: CONDUCTOR, session, task, cwd: project };
  return { dir, targetDir, worker, spawn: { ...spawn, ...process } };
}

function completeJoin(
  { target, now, replaceFolder = replaceFolderByFile }: JoinRequest,
  { dir, targetDir, worker }: Preparation,
): JoinResult {
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
  if (isCopy(targetDir) && state.nonce === undefined)
    throw new JoinRefused(`nothing of ${target} has come from ${readSeat(targetDir)?.seat ?? 'its machine'} yet`);
  const newerReason = newerFormatReason(ownState) ?? newerFormatReason(state);
  if (newerReason !== undefined) throw new JoinRefused(newerReason);
  const activeWorkers = [...ownState.workers.values()].filter((w) => !hasEnded(w)).map((w) => w.id);
  // of a Claude on another machine, and of a room, the log alone shows whether it has ended
  const hasNoClaude = isCopy(targetDir) || roomName(state.session.id) !== undefined;
  if (hasNoClaude && state.conductor.state === 'ended') throw new JoinRefused(`${target} has ended`);
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
  for (let waited = 0; waited < JOIN_TIMEOUT_MS && !exists(dir); waited += 10) sleepSync(10);
  if (exists(dir)) return;
  try {
    renameFile(backup, dir);
  } catch {
    // another hook was faster
  }
}
