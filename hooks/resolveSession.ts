import { basename, join } from 'node:path';
import { setAside } from '#core/base/files/aside.ts';
import { exists, lstatOf } from '#core/base/files/facts.ts';
import { createLog } from '#core/log/append.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { SESSION } from '#core/fold/kinds.ts';
import { leaveJoined, recoverInterruptedJoin } from '#core/session/join.ts';
import { resolvedPath } from '#core/base/realPath.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { ancestryOf } from '#core/base/ancestry.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { isAlive, startTimeOf } from '#core/base/processes.ts';
import { joinedWorker, workerName } from '#core/session/role.ts';
import { publish } from '#core/session/publish.ts';
import { isSessionLive, listSessions, otherClaudes, readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { nativePath } from '#core/base/windowsPath.ts';
import { isHomeSession, joinBackups, joinedFolder, joinFolder, resolveSessionDir } from '#core/session/folder.ts';
import { descendsFrom } from '#core/workers/lineage.ts';
import { placementOf } from '#core/workers/placement.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { ENDED_SILENTLY } from '#core/fold/queries.ts';
import { holdsWithoutEnd } from '#core/workers/lostWorkers.ts';
import { CONDUCTOR, isSessionId, isWorkerId } from '#protocol/ids.ts';
import type { ClaudeOf, SessionInfo } from '#protocol/fileFormats.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { lostSubagents } from './subagents.ts';
import type { HookContext, HookEnvironment } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** The folder in which a session works, and whether this hook has recorded its start. */
export interface ResolvedSession {
  dir: string;
  isNew: boolean;
}

/**
 * The folder of the payload's session, created at its first hook. A session started by a worker or by the Conductor's own
 * shell works in its parent's folder; one that continues another in the same process (`/clear`, a fork) works in that
 * one's while it has live workers or active blocks.
 */
export function resolveSession(payload: HookPayload, env: HookEnvironment, claudePid: number): ResolvedSession {
  const own = sessionDir(env.home, payload.session_id);
  recoverInterruptedJoin(resolveSessionDir(own));
  if (payload.hook_event_name === 'SessionStart') leaveEndedJoin(own, payload.session_id);
  const dir = resolveSessionDir(own);
  if (hasLog(dir)) return { dir, isNew: false };
  if (lstatOf(own)?.isFile() === true) {
    // it names no session that is there
    setAside(own);
    recoverInterruptedJoin(own);
    if (hasLog(own)) return { dir: own, isNew: false };
  }
  const parent = parentOf(payload, env, claudePid);
  if (parent !== undefined) {
    joinFolder(own, resolveSessionDir(sessionDir(env.home, parent.session)));
    const joined = resolveSessionDir(own);
    registerWorker(joined, payload, parent, env.now(), claudePid);
    return { dir: joined, isNew: false };
  }
  const previous = sessionOfProcess(payload, env, claudePid);
  if (previous !== undefined && hasOpenWork(join(homePaths(env.home).sessions, previous))) {
    joinFolder(own, previous);
    const joined = resolveSessionDir(own);
    recordStart(joined, payload, env, claudePid, previous);
    return { dir: joined, isNew: true };
  }
  createLog(own, env.now());
  recordStart(own, payload, env, claudePid, previous);
  if (previous !== undefined) endPrevious(payload.session_id, join(homePaths(env.home).sessions, previous), env);
  return { dir: own, isNew: true };
}

const hasLog = (dir: string): boolean => exists(sessionPaths(dir).log);

/** The last session of this process has ended: of a fork nothing but its new id shows that. */
function endPrevious(id: string, dir: string, env: HookEnvironment): void {
  const log = openLog(dir);
  if (!log.readOnly && log.state.conductor.state !== 'ended')
    publish(dir, env.now(), { t: 'end', reason: `goes on as ${id}` });
}

/** A session that works for another one is a worker there, to which hooks can deliver notes. */
function registerWorker(dir: string, payload: HookPayload, parent: Parent, now: number, pid: number): void {
  const worker = parent.worker ?? workerName({}, payload.session_id);
  if (!isWorkerId(worker)) return;
  const { cwd } = payload;
  const processFields = { parent: CONDUCTOR, pid, host: hostIdentity(), startTime: startTimeOf(pid), cwd };
  // the runner of a worker records its process
  publish(dir, now, { t: 'spawn', worker, kind: SESSION, ...(parent.worker === undefined && processFields) });
}

/** A join ends with the process: a session that is resumed in another process leaves the one that it joined. */
function leaveEndedJoin(dir: string, session: string): void {
  const joined = joinedFolder(dir) === undefined ? dir : resolveSessionDir(dir);
  if (joined === dir || joinBackups(dir).length === 0 || !hasLog(joined)) return;
  const worker = joinedWorker(openLog(joined).state, session);
  const host = worker && placementOf(joined).hostOf(worker);
  const hasExited = worker?.pid !== undefined && isAlive(worker.pid, worker.startTime, host) === false;
  if (worker === undefined || hasEnded(worker) || hasExited) leaveJoined(dir);
}

/** The session that another one works for, and the name that its runner gave it there. */
interface Parent {
  session: string;
  worker?: string | undefined;
}

/**
 * The session that this one works for, by what its runner or the Conductor's shell put into the environment. That is
 * believed only while it is true: an editor or a terminal multiplexer that the other session started lives on with it.
 */
function parentOf(payload: HookPayload, env: HookEnvironment, claudePid: number): Parent | undefined {
  const { FERMATA_WORKER: worker, FERMATA_SESSION_DIR: dir = '', FERMATA_PARENT: parent = '' } = env.env;
  const runner =
    worker !== undefined && isHomeSession(env.home, nativePath(dir)) ? [{ session: basename(dir), worker }] : [];
  const candidates: Parent[] = [...runner, { session: parent }];
  return candidates.find(
    ({ session, worker: name }) =>
      isSessionId(session) && session !== payload.session_id && worksFor(env.home, session, name, claudePid),
  );
}

/** Whether a process works for a session: it descends from it, and the session or that worker of it is not over. */
function worksFor(home: string, session: string, worker: string | undefined, pid: number): boolean {
  const dir = resolveSessionDir(sessionDir(home, session));
  if (!hasLog(dir) || !isHomeSession(home, dir)) return false;
  const log = openLog(dir);
  if (descendsFrom(log, ancestryOf(pid)) === false) return false;
  const known = log.state.workers.get(worker ?? '');
  if (known !== undefined && !hasEnded(known)) return true;
  return log.state.conductor.state !== 'ended' && isSessionLive(readSessionInfo(log.dir)) !== false;
}

/** Another session of the very same Claude process. */
function sessionOfProcess(payload: HookPayload, env: HookEnvironment, pid: number): string | undefined {
  const startTime = startTimeOf(pid);
  const host = hostIdentity();
  const others = listSessions(env.home).filter(({ id }) => id !== payload.session_id);
  // a fork has left the session that it was forked from
  for (const { dir, info } of others)
    if (info?.pid !== pid && info?.alsoIn?.some((claude) => claude.pid === pid) === true)
      writeSessionInfo(dir, { ...info, alsoIn: info.alsoIn.filter((claude) => claude.pid !== pid) });
  return others.find(({ info }) => info?.pid === pid && info.startTime === startTime && info.host === host)?.id;
}

function hasOpenWork(dir: string): boolean {
  try {
    const { readOnly, state } = openLog(dir);
    const { workers, blocks } = state;
    // a newer Fermata records that one: its log may not be written, so this session begins its own
    if (readOnly) return false;
    return [...workers.values()].some((w) => !hasEnded(w)) || [...blocks.values()].some((b) => b.ended === undefined);
  } catch {
    return false;
  }
}

function recordStart(dir: string, payload: HookPayload, env: HookEnvironment, pid: number, continues?: string): void {
  const project = env.env['CLAUDE_PROJECT_DIR'] || payload.cwd || '/';
  const realProject = resolvedPath(project, '/') ?? project;
  const previousInfo = readSessionInfo(dir);
  const started = previousInfo?.started ?? env.now();
  // before session.json: when this process is killed between the two, the next hook does both
  publish(dir, env.now(), {
    t: 'session',
    session: payload.session_id,
    cwd: project,
    ...(realProject !== project && { realCwd: realProject }),
    pid,
    source: payload.source,
    model: payload.model,
    transcript: payload.transcript_path,
    continues,
  });
  writeSessionInfo(dir, {
    ...previousInfo,
    session: payload.session_id,
    project: previousInfo?.project ?? project,
    started,
    ...thisProcess(pid),
    alsoIn: stillElsewhere(previousInfo, pid),
  });
}

const thisProcess = (pid: number): ClaudeOf => ({ pid, host: hostIdentity(), startTime: startTimeOf(pid) });

/** The other processes of a session that run; left out where there is none. */
function stillElsewhere(info: SessionInfo | undefined, pid: number): ClaudeOf[] | undefined {
  const claudes = otherClaudes(info, pid).map(({ pid: other, host, startTime }) => ({ pid: other, host, startTime }));
  return claudes.length === 0 ? undefined : claudes;
}

/**
 * The session continues in another process: recorded, and what lived in the last process is lost, unless that one runs
 * as well. At its start that may as well be a fork, which has the old id only until its first prompt: a session that is
 * in use elsewhere stays there until it is prompted here, and lives on here when the other process ends.
 */
export function resumeSession(ctx: HookContext, session: SessionWriter): void {
  const { payload, env, role } = ctx;
  if (ctx.isNewSession || (role !== CONDUCTOR && !canReturn(payload, env))) return;
  const info = readSessionInfo(session.dir);
  if (info?.pid === process.ppid && info.startTime === startTimeOf(process.ppid)) return;
  const elsewhere = stillElsewhere(info, process.ppid);
  if (payload.hook_event_name === 'SessionStart' && info !== undefined && isSessionLive(info) === true) {
    const known = info.alsoIn?.filter(({ pid }) => pid !== process.ppid) ?? [];
    return writeSessionInfo(session.dir, { ...info, alsoIn: [...known, thisProcess(process.ppid)] });
  }
  if (elsewhere === undefined && holdsWithoutEnd(session.state))
    session.tryPublish({ t: 'end', reason: ENDED_SILENTLY });
  recordStart(session.dir, payload, env, process.ppid);
  session.refresh();
  if (elsewhere === undefined) session.tryPublish(...lostSubagents(ctx, ENDED_SILENTLY));
}

/**
 * The session's process ends. Returns whether the session lives on in another one, which then is the recorded one: two
 * terminals may have resumed the same session.
 */
export function livesElsewhere(dir: string): boolean {
  const info = readSessionInfo(dir);
  const [first, ...others] = stillElsewhere(info, process.ppid) ?? [];
  if (info === undefined || first === undefined) return false;
  writeSessionInfo(dir, { ...info, ...first, alsoIn: others.length === 0 ? undefined : others });
  return true;
}

/** Whether a session that another one continued is the Conductor again: in its own folder, with no other process there. */
function canReturn(payload: HookPayload, env: HookEnvironment): boolean {
  const dir = sessionDir(env.home, payload.session_id);
  if (joinedFolder(dir) !== undefined || parentOf(payload, env, process.ppid) !== undefined) return false;
  return isSessionLive(readSessionInfo(dir)) !== true;
}

/**
 * Whether a worker that is at work has started this Claude, and has then left it: it is a session of its own, but rules that
 * start such workers must not make more of them without end.
 */
export function isWorkerAtWork({ home, env }: HookEnvironment): boolean {
  const { FERMATA_WORKER: worker = '', FERMATA_SESSION_DIR: named = '' } = env;
  const dir = resolveSessionDir(nativePath(named));
  if (worker === '' || !isHomeSession(home, dir) || !hasLog(dir)) return false;
  const known = openLog(dir).state.workers.get(worker);
  return known !== undefined && !hasEnded(known);
}
