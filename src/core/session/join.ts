import { lstatSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { CONDUCTOR, USER, isWorkerId } from '../../protocol/ids.ts';
import type { SessionState } from '../../protocol/state.ts';
import { append } from '../log/append.ts';
import { hasEnded } from '../fold/conditions.ts';
import { SESSION } from '../fold/subagents.ts';
import { newerFormat } from '../log/newerFormat.ts';
import { sessionDir, sessionPaths } from '../paths.ts';
import { workerName } from './role.ts';
import { say } from '../log/say.ts';
import { keptFolders, linkedFolder, nextKept, ownFolder } from './sessionFolder.ts';
import { isSessionLive, readSessionInfo } from './sessionInfo.ts';
import { SessionLog } from '../log/sessionLog.ts';

/** Why a session cannot join another one, as a sentence for the person. Nothing was changed. */
export class JoinRefused extends Error {}

export interface JoinRequest {
  home: string;
  /** The session that joins, and the one that it joins. */
  session: string;
  target: string;
  /** The worker that it becomes; by default its short name. */
  name?: string;
  now: number;
  /** Makes the link: the one step that may not be allowed. */
  symlink?: (target: string, path: string) => void;
}

export interface Joined {
  worker: string;
  /** The folder that is one for both now. */
  dir: string;
  /** Where its own folder is kept until it leaves. */
  kept: string;
}

/**
 * Makes a session a worker of another one, so that both share locks, votes and messages: its folder becomes a link to
 * the other's, its own is kept beside it until it ends. Throws JoinRefused, or the system's error when the link could
 * not be made; then everything is as it was.
 */
export function joinSession({ home, session, target, name, now, symlink = linkFolder }: JoinRequest): Joined {
  const dir = sessionDir(home, session);
  const into = folderToJoin(home, session, target);
  const { state, own } = checked(dir, into, session, target);
  const worker = nameIn(state, session, name);
  const { pid, startTime, host, project } = own;
  say(into, now, {
    t: 'spawn',
    worker,
    kind: SESSION,
    parent: CONDUCTOR,
    session,
    task: `Claude Code in ${project}`,
    cwd: project,
    ...(pid === undefined ? {} : { pid }),
    ...(startTime === undefined ? {} : { startTime }),
    ...(host === undefined ? {} : { host }),
  });
  const kept = nextKept(dir);
  try {
    replaceByLink(dir, kept, () => symlink(basename(into), dir));
  } catch (error) {
    say(into, now, { t: 'exit', worker, code: 1, reason: `it could not join: ${(error as Error).message}` });
    throw error;
  }
  append(
    kept,
    now,
    { t: 'log', level: 'info', message: `joined ${target} as ${worker}` },
    { t: 'end', reason: 'joined' },
  );
  return { worker, dir: into, kept };
}

const linkFolder = (target: string, path: string): void => symlinkSync(target, path, 'dir');

/** No system call puts a link in a folder's place, so there is a moment with neither: hooks wait for it (`settleJoin`). */
function replaceByLink(dir: string, kept: string, link: () => void): void {
  renameSync(dir, kept);
  try {
    link();
  } catch (error) {
    renameSync(kept, dir);
    throw error;
  }
}

/** The folder of the session to join, links followed. */
function folderToJoin(home: string, session: string, target: string): string {
  const dir = sessionDir(home, target);
  const into = ownFolder(dir);
  if (!exists(sessionPaths(into).log)) throw new JoinRefused(`there is no session ${target}`);
  if (basename(into) === session) throw new JoinRefused('a session cannot join itself');
  const conductor = readSessionInfo(into)?.session;
  if (into !== dir && conductor !== target)
    throw new JoinRefused(`${target} works for ${basename(into)} itself: join that one`);
  return into;
}

function checked(dir: string, into: string, session: string, target: string) {
  const linked = linkedFolder(dir);
  if (linked !== undefined) throw new JoinRefused(`${session} already belongs to ${basename(ownFolder(dir))}`);
  const own = readSessionInfo(dir);
  if (own === undefined || !exists(sessionPaths(dir).log)) throw new JoinRefused(`there is no session ${session}`);
  for (const [id, info] of [
    [session, own],
    [target, readSessionInfo(into)],
  ] as const)
    if (isSessionLive(info) === false) throw new JoinRefused(`${id} has ended`);
  const mine = stateOf(dir);
  const state = stateOf(into);
  const newer = newerFormat(mine) ?? newerFormat(state);
  if (newer !== undefined) throw new JoinRefused(newer);
  const busy = [...mine.workers.values()].filter((w) => !hasEnded(w)).map((w) => w.id);
  if (busy.length > 0) throw new JoinRefused(`workers of ${session} are at work: ${busy.join(', ')}`);
  const standing = [...mine.blocks.values()].filter((b) => b.ended === undefined).map((b) => b.id);
  if (standing.length > 0) throw new JoinRefused(`blocks of ${session} stand: ${standing.join(', ')}`);
  return { state, own };
}

function stateOf(dir: string): SessionState {
  const log = new SessionLog(dir);
  log.refresh();
  return log.state;
}

function nameIn(state: SessionState, session: string, name: string | undefined): string {
  if (name !== undefined) {
    if (!isWorkerId(name) || name === CONDUCTOR || name === USER)
      throw new JoinRefused(`"${name}" cannot be the name of a worker`);
    if (state.workers.has(name)) throw new JoinRefused(`there is a worker ${name} already`);
    return name;
  }
  const base = workerName({}, session);
  for (let number = 1; ; number++) {
    const free = number === 1 ? base : `${base}-${number}`;
    if (!state.workers.has(free)) return free;
  }
}

/** Gives a session that joined another one its own folder back. Returns whether it has one of its own then. */
export function leaveJoined(dir: string): boolean {
  const kept = keptFolders(dir).at(-1);
  const linked = linkedFolder(dir);
  if (kept === undefined || linked === undefined) return linked === undefined;
  unlinkSync(dir);
  try {
    renameSync(kept, dir);
    return true;
  } catch {
    // another hook of the session has made a new one, or may not rename: it stays a worker where it can
    if (!exists(dir)) linkFolder(basename(linked), dir);
    return linkedFolder(dir) === undefined;
  }
}

const SETTLES_WITHIN_MS = 300;

/**
 * For a hook that finds no folder of its session: if that one is just joining another, waits until the link is there;
 * if whoever joined it was killed in between, gives the folder back.
 */
export function settleJoin(dir: string): void {
  const kept = exists(dir) ? undefined : keptFolders(dir).at(-1);
  if (kept === undefined) return;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let waited = 0; waited < SETTLES_WITHIN_MS && !exists(dir); waited += 10) Atomics.wait(pause, 0, 0, 10);
  if (exists(dir)) return;
  try {
    renameSync(kept, dir);
  } catch {
    // another hook was faster
  }
}

const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
