import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { CONDUCTOR, USER, isSessionId, isWorkerId } from '#protocol/ids.ts';
import type { NewEvent } from '#core/log/append.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { fermataHome, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { publish } from '#core/session/publish.ts';
import { isHomeSession, resolveSessionDir } from '#core/session/folder.ts';
import { readSessionInfo } from '#core/session/info.ts';
import type { PathContext } from '#core/session/publishedPath.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { checkoutOf } from './checkout.ts';
import { claudeFromEnv, hasRecordedEnd, openOnce, sessionFromEnv, workerFromEnv } from './environment.ts';
import { EXIT, Failure, refused, usage } from './exit.ts';
import { nearestSessions } from './nearestSession.ts';
import { printable } from './output.ts';
import { originOf } from './origin.ts';
import { assertMaySpeakAs, introduced } from './permission.ts';
import type { Io, Call } from './verb.ts';

/** Whether the command runs inside a tool call of Claude, by its environment. */
export const insideClaude = (io: Io): boolean => claudeFromEnv(io) !== undefined;

/**
 * The name in which a call is made: `--worker` or FERMATA_WORKER, else that of the Claude or the worker whose process this
 * is, else `user`. Throws a refusal for a name that is not the caller's to use.
 */
export function callerOf(call: Call, log: SessionLog): string {
  const claimed = claimedName(call);
  const origin = originOf(call.io, log);
  const name = claimed ?? origin.name;
  if (name === undefined)
    throw refused('this process is a worker of another session; with --worker NAME it gets a name in this one');
  // a log of a newer format is not understood, and nothing will be published in it
  if (!log.readOnly) assertMaySpeakAs(log.state, origin, name);
  return name;
}

/**
 * The same for frequent reports, which end nothing: where it takes a program to list the processes, a name in the
 * environment that the session knows is believed without.
 */
export function reporterOf(call: Call, log: SessionLog): string {
  const isCheap = process.platform === 'linux';
  const worker = isCheap || call.text('worker') !== undefined ? undefined : workerFromEnv(call.io);
  return worker !== undefined && log.state.workers.has(worker) ? worker : callerOf(call, log);
}

function claimedName({ io, text }: Call): string | undefined {
  const name = text('worker') ?? workerFromEnv(io);
  if (name === undefined || name === '') return undefined;
  if (!isWorkerId(name)) throw usage(`"${name}" cannot be the name of a worker`);
  return name;
}

/** The caller's name for verbs that only a worker may call. Throws a usage failure for other callers. */
export function workerCallerOf(call: Call, log: SessionLog, nameOf = callerOf): string {
  const worker = nameOf(call, log);
  if (worker === USER || worker === CONDUCTOR)
    throw usage('say which worker this is: --worker W1, or set FERMATA_WORKER (a runner does)');
  return worker;
}

/** The folder of the session that the call concerns. Throws a failure with a hint if there is none. */
export function sessionOf(call: Call): string {
  return reachable(call, namedSession(call) ?? sessionOfFolder(call, false));
}

/** A word about a shared session would else wait for whatever next starts what carries it to other machines. */
function reachable({ io }: Call, dir: string): string {
  ensureBridgeFor(dir, fermataHome(io.env), io.env);
  return dir;
}

const named = new WeakMap<Call, string | undefined>();

/** The session that an option or the environment names. */
function namedSession(call: Call): string | undefined {
  if (!named.has(call)) named.set(call, findNamedSession(call));
  return named.get(call);
}

function findNamedSession({ io, text }: Call): string | undefined {
  const home = fermataHome(io.env);
  const id = text('session');
  if (id !== undefined)
    return requireLog(home, dirOf(home, id), `there is no session ${id}; "fermata sessions" lists them`);
  const fromEnv = sessionFromEnv(io);
  if (fromEnv !== undefined && 'dir' in fromEnv) return fromEnv.dir;
  if (fromEnv !== undefined) noteOnce(io, fromEnv.ignored);
  const claude = claudeFromEnv(io) ?? '';
  const dir = isSessionId(claude) ? resolveSessionDir(sessionDir(home, claude)) : '';
  return hasLog(dir) ? dir : undefined;
}

/**
 * The session of the folder in which the command runs. With `waits`, inside Claude also one that has not recorded its end:
 * the Claude that is known of it no longer runs, but this call is of one that is not known.
 */
function sessionOfFolder({ io }: Call, waits: boolean): string {
  const { sessions, ended, nearestEnded } = nearestSessions(fermataHome(io.env), io.cwd);
  if (sessions[0] !== undefined) return sessions[0].dir;
  if (waits && insideClaude(io) && nearestEnded !== undefined && !hasRecordedEnd(io, nearestEnded.dir))
    return nearestEnded.dir;
  const hint =
    ended > 0 ? 'the sessions of this project have ended' : 'no Claude Code session is known for this folder';
  throw new Failure(
    EXIT.noSession,
    `${hint}: start Claude Code here with Fermata's hooks installed, or name a session with --session ("fermata sessions" lists them)`,
  );
}

/** The calls that have named their session. */
const announced = new WeakSet<Call>();

/** Names the session of a call that changes it, once, where only the folder has chosen it. */
export function announceSession(call: Call, dir: string): void {
  if (announced.has(call) || namedSession(call) !== undefined) return;
  announced.add(call);
  const project = readSessionInfo(dir)?.project;
  call.io.stderr(`fermata: session ${basename(dir)}${project === undefined ? '' : ` of ${printable(project)}`}\n`);
}

const noted = new WeakSet<Io>();

function noteOnce(io: Io, text: string): void {
  if (!noted.has(io)) io.stderr(`note: ${text}\n`);
  noted.add(io);
}

function dirOf(home: string, id: string): string {
  try {
    return resolveSessionDir(sessionDir(home, id));
  } catch {
    throw usage(`"${id}" cannot be a session's id`);
  }
}

const hasLog = (dir: string): boolean => existsSync(sessionPaths(dir).log);

function requireLog(home: string, dir: string, message: string): string {
  if (hasLog(dir) && isHomeSession(home, dir)) return dir;
  throw new Failure(EXIT.noSession, message);
}

/** The log of the call's session, folded to its end. */
export const logOf = (call: Call): SessionLog => openSession(call, sessionOf(call));

/** The same for a verb that only waits: the way out that a refusal names works wherever a Claude may be refused. */
export const waitingLogOf = (call: Call): SessionLog =>
  openSession(call, reachable(call, namedSession(call) ?? sessionOfFolder(call, true)));

function openSession({ io }: Call, dir: string): SessionLog {
  const log = openOnce(io, dir);
  saveSnapshot(log);
  return log;
}

/** The same for a verb that publishes. Refused in a session that a newer Fermata records. */
export function writableLogOf(call: Call): SessionLog {
  const log = logOf(call);
  assertWritable(log);
  return log;
}

function assertWritable(log: SessionLog): void {
  const newer = newerFormatReason(log.state);
  if (newer !== undefined) throw refused(`${newer} Update this Fermata, or call the newer one.`);
}

/** The events, with the introduction of a name that the state does not know: as started by the caller. */
function withIntroductions({ io }: Call, log: SessionLog, events: NewEvent[]): NewEvent[] {
  const isKnown = (name: unknown): boolean =>
    typeof name !== 'string' || name === USER || name === CONDUCTOR || log.state.workers.has(name);
  if (events.every(({ worker, by }) => isKnown(worker) && isKnown(by))) return events;
  return introduced(log.state, originOf(io, log), events);
}

/** Where the paths of a call's arguments start. */
export const pathContextOf = ({ io }: Call, log: SessionLog): PathContext => ({
  from: io.cwd,
  project: checkoutOf(io, log),
});

/** Publishes events and folds them. Refused in a session that a newer Fermata records. */
export function publishAndRefresh(call: Call, log: SessionLog, ...events: NewEvent[]): void {
  assertWritable(log);
  announceSession(call, log.dir);
  publish(log.dir, call.io.now(), ...withIntroductions(call, log, events));
  log.refresh();
}
