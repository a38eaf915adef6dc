import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { CONDUCTOR, USER, isSessionId, isWorkerId } from '#protocol/ids.ts';
import type { NewEvent } from '#core/log/append.ts';
import { newerFormatReason } from '#core/fold/queries.ts';
import { fermataHome, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { roleOf } from '#core/session/role.ts';
import { publish } from '#core/session/publish.ts';
import { linkedFolder } from '#core/session/folder.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { EXIT, Failure, refused, usage } from './exit.ts';
import { nearestSessions } from './nearestSession.ts';
import { printable } from './output.ts';
import type { Io, Call } from './verb.ts';

/** Whether the command runs inside a tool call of Claude. */
export const insideClaude = (io: Io): boolean => (io.env['CLAUDECODE'] ?? '') !== '';

/** The caller's name: `--worker`, FERMATA_WORKER, `conductor` inside a tool call of Claude, else `user`. */
export function callerOf({ io, text }: Call): string {
  const named = text('worker') ?? io.env['FERMATA_WORKER'];
  const worker = named === undefined || named === '' ? (insideClaude(io) ? claudeRole(io) : USER) : named;
  if (!isWorkerId(worker)) throw usage(`"${worker}" cannot be the name of a worker`);
  if (worker === USER && insideClaude(io))
    throw refused('inside Claude nobody can speak as the person at the keyboard');
  return worker;
}

/** `conductor`, or the worker's name in a session that has joined another one. */
function claudeRole({ env }: Io): string {
  const id = env['CLAUDE_CODE_SESSION_ID'];
  if (id === undefined || !isSessionId(id)) return CONDUCTOR;
  const dir = sessionDir(fermataHome(env), id);
  return linkedFolder(dir) === undefined || !hasLog(dir) ? CONDUCTOR : roleOf(openLog(dir).state, id, env);
}

/** The caller's name for verbs that only a worker may call. Throws a usage failure for other callers. */
export function workerCallerOf(call: Call): string {
  const worker = callerOf(call);
  if (worker === USER || worker === CONDUCTOR)
    throw usage('say which worker this is: --worker W1, or set FERMATA_WORKER (a runner does)');
  return worker;
}

/** The folder of the session that the call concerns. Throws a failure with a hint if there is none. */
export function sessionOf(call: Call): string {
  return namedSession(call) ?? sessionOfFolder(call);
}

/** The session that an option or the environment names. */
function namedSession({ io, text }: Call): string | undefined {
  const home = fermataHome(io.env);
  const named = text('session');
  if (named !== undefined)
    return requireLog(dirOf(home, named), `there is no session ${named}; "fermata sessions" lists them`);
  const fromEnv = io.env['FERMATA_SESSION_DIR'];
  if (fromEnv !== undefined && fromEnv !== '')
    return requireLog(fromEnv, `FERMATA_SESSION_DIR names no session: ${fromEnv}`);
  const claude = io.env['CLAUDE_CODE_SESSION_ID'];
  return claude !== undefined && isSessionId(claude) && hasLog(sessionDir(home, claude))
    ? sessionDir(home, claude)
    : undefined;
}

/** The session of the folder in which the command runs. */
function sessionOfFolder({ io }: Call): string {
  const { sessions, ended } = nearestSessions(fermataHome(io.env), io.cwd);
  if (sessions[0] !== undefined) return sessions[0].dir;
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

function dirOf(home: string, id: string): string {
  try {
    return sessionDir(home, id);
  } catch {
    throw usage(`"${id}" cannot be a session's id`);
  }
}

const hasLog = (dir: string): boolean => existsSync(sessionPaths(dir).log);

function requireLog(dir: string, message: string): string {
  if (hasLog(dir)) return dir;
  throw new Failure(EXIT.noSession, message);
}

/** The log of the call's session, folded to its end. */
export function logOf(call: Call): SessionLog {
  const log = openLog(sessionOf(call));
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

/** Publishes events and folds them. Refused in a session that a newer Fermata records. */
export function publishAndRefresh(call: Call, log: SessionLog, ...events: NewEvent[]): void {
  assertWritable(log);
  announceSession(call, log.dir);
  publish(log.dir, call.io.now(), ...events);
  log.refresh();
}
