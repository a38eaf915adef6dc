import { existsSync } from 'node:fs';
import { isSessionId } from '#protocol/ids.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { fermataHome, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { nativePath } from '#core/base/windowsPath.ts';
import { isHomeSession, resolveSessionDir } from '#core/session/folder.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { descendsFrom } from '#core/workers/lineage.ts';
import type { Io } from './verb.ts';

// What a shell inherited is believed only while it is true: an editor or a terminal multiplexer that a session or a
// worker started lives on with their variables.

/** The session's folder that FERMATA_SESSION_DIR names, or why it does not count, as a sentence. */
type NamedFolder = { dir: string } | { ignored: string };

const named = new WeakMap<Io, NamedFolder | undefined>();

/** Undefined where the variable is not set. */
export function sessionFromEnv(io: Io): NamedFolder | undefined {
  if (!named.has(io)) named.set(io, readSessionFromEnv(io));
  return named.get(io);
}

function readSessionFromEnv(io: Io): NamedFolder | undefined {
  const name = io.env['FERMATA_SESSION_DIR'];
  if (name === undefined || name === '') return undefined;
  const home = fermataHome(io.env);
  const dir = resolveSessionDir(nativePath(name));
  if (!isHomeSession(home, dir) || !existsSync(sessionPaths(dir).log))
    return { ignored: `FERMATA_SESSION_DIR is not used, because it is no session of ${home}: ${name}` };
  return isOver(io, dir)
    ? { ignored: `FERMATA_SESSION_DIR is not used, because this session has ended: ${name}` }
    : { dir };
}

/** The worker's name in the environment, unless it belongs to a session that does not count. */
export function workerFromEnv(io: Io): string | undefined {
  const worker = io.env['FERMATA_WORKER'];
  if (worker === undefined || worker === '') return undefined;
  const session = sessionFromEnv(io);
  return session !== undefined && 'ignored' in session ? undefined : worker;
}

/**
 * The id of the Claude Code session in whose tool call this is by the environment, `''` where only that much is known.
 * Undefined outside of one, and where that session has ended.
 */
export function claudeFromEnv(io: Io): string | undefined {
  const { CLAUDECODE: marker = '', CLAUDE_CODE_SESSION_ID: id = '' } = io.env;
  if (marker === '' && id === '') return undefined;
  if (!isSessionId(id)) return marker === '' ? undefined : '';
  const home = fermataHome(io.env);
  const dir = resolveSessionDir(sessionDir(home, id));
  const isKnown = existsSync(sessionPaths(dir).log) && isHomeSession(home, dir);
  // a Claude that runs may have gone on under another id
  return isKnown && isOver(io, dir) && isSessionLive(readSessionInfo(dir)) !== true ? undefined : id;
}

/** Whether the log of a session says that it has ended; a Claude that is killed records nothing. */
export const hasRecordedEnd = (io: Io, dir: string): boolean => openOnce(io, dir).state.conductor.state === 'ended';

/** Whether a session has ended for this process: its workers, and what descends from them, go on. */
function isOver(io: Io, dir: string): boolean {
  if (!hasRecordedEnd(io, dir)) return false;
  const log = openOnce(io, dir);
  const worker = log.state.workers.get(io.env['FERMATA_WORKER'] ?? '');
  return (worker === undefined || hasEnded(worker)) && descendsFrom(log, io.ancestry()) !== true;
}

const opened = new WeakMap<Io, SessionLog>();

/** The log of a session, folded to its end; the same object for every part of one call. */
export function openOnce(io: Io, dir: string): SessionLog {
  const known = opened.get(io);
  if (known?.dir === dir) {
    known.refresh();
    return known;
  }
  const log = openLog(dir);
  opened.set(io, log);
  return log;
}
