import { appendFileSync, lstatSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createLog } from '#core/log/append.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { SESSION } from '#core/fold/queries.ts';
import { leaveJoined, recoverInterruptedJoin } from '#core/session/join.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { hostIdentity, isAlive, startTimeOf } from '#core/base/processes.ts';
import { joinedWorker, workerName } from '#core/session/role.ts';
import { publish } from '#core/session/publish.ts';
import { isSessionLive, listSessions, readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { joinBackups, linkedFolder } from '#core/session/folder.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { CONDUCTOR, isSessionId, isWorkerId } from '#protocol/ids.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { HookEnvironment } from './hookContext.ts';

/** How a session is known to this hook: its folder, and whether it is a worker's (a link to its parent's). */
export interface ResolvedSession {
  dir: string;
  fresh: boolean;
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/**
 * The folder of the payload's session, made on its first sight. A session started by a worker or by the Conductor's
 * own shell becomes a link to its parent's folder; one that continues another in the same process (`/clear`, a fork)
 * becomes a link to it while that one has live workers or standing blocks.
 */
export function resolveSession(payload: HookPayload, env: HookEnvironment, claudePid: number): ResolvedSession {
  const dir = sessionDir(env.home, payload.session_id);
  recoverInterruptedJoin(dir);
  if (payload.hook_event_name === 'SessionStart') leaveEndedJoin(dir, payload.session_id);
  if (exists(join(dir, 'events.jsonl'))) return { dir, fresh: false };
  const parent = parentSession(payload, env);
  if (parent !== undefined) {
    link(parent, dir);
    registerWorker(dir, payload, env, claudePid);
    return { dir, fresh: false };
  }
  const previous = sessionOfProcess(payload, env, claudePid);
  if (previous !== undefined && hasOpenWork(join(homePaths(env.home).sessions, previous))) {
    link(previous, dir);
    recordStart(dir, payload, env, claudePid, previous);
    return { dir, fresh: true };
  }
  createLog(dir, env.now());
  recordStart(dir, payload, env, claudePid, previous);
  if (previous !== undefined) endPrevious(payload.session_id, join(homePaths(env.home).sessions, previous), env);
  return { dir, fresh: true };
}

/** What this process recorded before goes on elsewhere: a fork is told of by nothing but its new id. */
function endPrevious(id: string, dir: string, env: HookEnvironment): void {
  const log = new SessionLog(dir);
  log.refresh();
  if (!log.readOnly && log.state.conductor.state !== 'ended')
    publish(dir, env.now(), { t: 'end', reason: `goes on as ${id}` });
}

/** A session that works for another is a worker there, to which hooks can tell something. */
function registerWorker(dir: string, payload: HookPayload, env: HookEnvironment, pid: number): void {
  const worker = workerName(env.env, payload.session_id);
  if (!isWorkerId(worker)) return;
  const startTime = startTimeOf(pid);
  const processFields = {
    parent: CONDUCTOR,
    pid,
    host: hostIdentity(),
    ...(startTime === undefined ? {} : { startTime }),
    ...(payload.cwd === undefined ? {} : { cwd: payload.cwd }),
  };
  // the process of a worker is its runner's to tell of
  publish(dir, env.now(), { t: 'spawn', worker, kind: SESSION, ...(env.env['FERMATA_WORKER'] ? {} : processFields) });
}

/** A session joins with its process: resumed in another one, when that has ended, it is itself again. */
function leaveEndedJoin(dir: string, session: string): void {
  if (linkedFolder(dir) === undefined || joinBackups(dir).length === 0) return;
  const log = new SessionLog(dir);
  log.refresh();
  const worker = joinedWorker(log.state, session);
  const hasExited = worker?.pid !== undefined && isAlive(worker.pid, worker.startTime, worker.host) === false;
  if (worker === undefined || hasEnded(worker) || hasExited) leaveJoined(dir);
}

/** The session that this one works for, by what its runner or the Conductor's shell put into the environment. */
function parentSession(payload: HookPayload, env: HookEnvironment): string | undefined {
  const { env: processEnv, home } = env;
  const parentId =
    processEnv['FERMATA_WORKER'] !== undefined
      ? basename(processEnv['FERMATA_SESSION_DIR'] ?? '')
      : (processEnv['FERMATA_PARENT'] ?? '');
  if (!isSessionId(parentId) || parentId === payload.session_id) return undefined;
  return exists(join(homePaths(home).sessions, parentId, 'events.jsonl')) ? parentId : undefined;
}

/** Another session of the very same Claude process. */
function sessionOfProcess(payload: HookPayload, env: HookEnvironment, pid: number): string | undefined {
  const startTime = startTimeOf(pid);
  const host = hostIdentity();
  return listSessions(env.home).find(
    ({ id, info }) =>
      id !== payload.session_id && info?.pid === pid && info.startTime === startTime && info.host === host,
  )?.id;
}

function hasOpenWork(dir: string): boolean {
  try {
    const log = new SessionLog(dir);
    log.refresh();
    // a newer Fermata records that one: nothing may be said there, so this one begins its own
    if (log.readOnly) return false;
    const { workers, blocks } = log.state;
    return [...workers.values()].some((w) => !hasEnded(w)) || [...blocks.values()].some((b) => b.ended === undefined);
  } catch {
    return false;
  }
}

function link(target: string, dir: string): void {
  try {
    symlinkSync(target, dir, 'dir');
  } catch (error) {
    // another hook of the same session was faster
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function recordStart(dir: string, payload: HookPayload, env: HookEnvironment, pid: number, continues?: string): void {
  const project = env.env['CLAUDE_PROJECT_DIR'] || payload.cwd || '/';
  const startTime = startTimeOf(pid);
  const previousInfo = readSessionInfo(dir);
  const started = previousInfo?.started ?? env.now();
  const process = { pid, host: hostIdentity(), ...(startTime === undefined ? {} : { startTime }) };
  // said first: whoever is killed before session.json is written leaves it to the next hook to do both
  publish(dir, env.now(), {
    t: 'session',
    session: payload.session_id,
    cwd: project,
    pid,
    ...(payload.source === undefined ? {} : { source: payload.source }),
    ...(payload.model === undefined ? {} : { model: payload.model }),
    ...(payload.transcript_path === undefined ? {} : { transcript: payload.transcript_path }),
    ...(continues === undefined ? {} : { continues }),
  });
  writeSessionInfo(dir, {
    ...previousInfo,
    session: payload.session_id,
    project: previousInfo?.project ?? project,
    started,
    ...process,
  });
}

/** Whether a session that another one went on from is the Conductor again: in its own folder, with nobody else at work there. */
export function canReturn(dir: string, { env: processEnv }: HookEnvironment): boolean {
  if (processEnv['FERMATA_WORKER'] !== undefined || lstatSync(dir).isSymbolicLink()) return false;
  return isSessionLive(readSessionInfo(dir)) !== true;
}

/**
 * A resumed session: the same id in another process. Returns whether it is. At its start that may as well be a fork,
 * which has the old id only until its first prompt: a session that is at work elsewhere stays there until somebody
 * prompts it here.
 */
export function recordResume(dir: string, payload: HookPayload, env: HookEnvironment, pid: number): boolean {
  const info = readSessionInfo(dir);
  if (info?.pid === pid && info.startTime === startTimeOf(pid)) return false;
  if (payload.hook_event_name === 'SessionStart' && isSessionLive(info) === true) return false;
  recordStart(dir, payload, env, pid);
  return true;
}

/**
 * Through CLAUDE_ENV_FILE the Conductor's shell learns where it is: `fermata` on PATH, and that what it starts is its
 * child. A fork keeps the file of the session that it was forked from, so the id is the shell's own wherever it has one.
 */
export function writeEnvFile(payload: HookPayload, dir: string, env: HookEnvironment): void {
  const file = env.env['CLAUDE_ENV_FILE'];
  if (file === undefined || file === '') return;
  const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const id = `"\${CLAUDE_CODE_SESSION_ID:-${payload.session_id}}"`;
  const lines = [
    `export FERMATA_HOME=${quote(env.home)}`,
    `export FERMATA_SESSION_DIR=${quote(dirname(dir))}/${id}`,
    `export FERMATA_PARENT=${id}`,
    `export PATH="$PATH":${quote(homePaths(env.home).bin)}`,
  ];
  appendFileSync(file, `${lines.join('\n')}\n`);
}
