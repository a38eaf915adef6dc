import { closeSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { USER, isWorkerId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { claimFolder, moveInto } from '#core/base/files/aside.ts';
import { exists, lstatOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { removeFile } from '#core/base/files/remove.ts';
import { touch } from '#core/base/files/touch.ts';
import { decodeText } from '#core/base/encoding.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from './publish.ts';

/** The person's comment in a flag file is at most this long. */
const MAX_COMMENT_BYTES = 4096;

/** A release of a block, or of `all`; or the abort of a worker, or of the session where none is named. */
export type PersonCommand = { kind: 'release'; block: string } | { kind: 'abort'; worker?: string };

/**
 * A file in `flags/`: a command to the hooks without the log, an answer for the hook that waits for it, or the word that one
 * call may run whatever holds it.
 */
export type Flag = PersonCommand | { kind: 'answer'; ask: string } | { kind: 'pass'; call: string };

/** The name of a flag's file. */
export function fileName(flag: Flag): string {
  if (flag.kind === 'release') return `release-${flag.block}`;
  if (flag.kind === 'pass') return `pass-${flag.call}`;
  return flag.kind === 'abort' ? `abort-${flag.worker ?? 'session'}` : `answer-${flag.ask}`;
}

function parseName(name: string): Flag | undefined {
  const [, kind, id = ''] = /^(release|abort|answer|pass)-(.+)$/.exec(name) ?? [];
  if (kind === 'release') return /^(?:all|B[1-9][0-9]{0,8})$/.test(id) ? { kind, block: id } : undefined;
  if (kind === 'answer') return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? { kind, ask: id } : undefined;
  if (kind === 'pass') return isCallId(id) ? { kind, call: id } : undefined;
  if (kind !== 'abort' || !isWorkerId(id)) return undefined;
  return id === 'session' ? { kind } : { kind, worker: id };
}

/** Whether the id of a call can be a part of a flag's name. */
export const isCallId = (id: string): boolean => /^[A-Za-z0-9_-]{1,200}$/.test(id);

/** Raises a flag for the hooks, with the person's comment if there is one. Replaces an earlier one of the same name. */
export function raiseFlag(dir: string, flag: Flag, comment = ''): void {
  const folder = sessionPaths(dir).flags;
  claimFolder(folder);
  writeFileAtomic(join(folder, fileName(flag)), truncateComment(comment), { mode: 0o600 });
}

const truncateComment = (comment: string): string =>
  Buffer.from(comment, 'utf8').subarray(0, MAX_COMMENT_BYTES).toString('utf8');

/**
 * Publishes what the person asks for, unless the state shows that it has happened, say from another window. Where the
 * log cannot be written, leaves a flag, which the hooks obey later, and throws the system's error. On a machine that has only a
 * copy of the log it leaves a flag as well.
 */
export function publishCommand(
  dir: string,
  state: SessionState,
  now: number,
  command: PersonCommand,
  comment = '',
): void {
  if (hasHappened(state, command)) return;
  // it is to count for the hooks here before the seat has it: the bridge carries the flag there
  if (exists(sessionPaths(dir).copy)) return raiseFlag(dir, command, comment);
  try {
    publish(dir, now, commandEvent(command, truncateComment(comment).trim() || undefined));
  } catch (error) {
    raiseFlag(dir, command, comment);
    throw error;
  }
}

function hasHappened({ blocks, workers, aborted }: SessionState, command: PersonCommand): boolean {
  if (command.kind === 'release')
    return command.block === 'all'
      ? [...blocks.values()].every((block) => block.ended !== undefined)
      : blocks.get(command.block)?.ended !== undefined;
  return command.worker === undefined ? aborted !== undefined : workers.get(command.worker)?.endedTs !== undefined;
}

/** An answer that no hook has taken after this time is removed: while it is there, every other hook starts for it. */
const ANSWER_TTL_MS = 5000;

/** The person's answer to a permission request. */
export interface PersonAnswer {
  decision: 'allow' | 'deny';
  comment?: string | undefined;
}

/** Raises the flag with the person's answer, for the hook that waits for it. */
export const raiseAnswer = (dir: string, ask: string, { decision, comment = '' }: PersonAnswer): void =>
  raiseFlag(dir, { kind: 'answer', ask }, comment === '' ? decision : `${decision}\n${comment}`);

/** The answer in the text of a flag; undefined where there is none. */
function parseAnswer(text: string): PersonAnswer | undefined {
  const [, decision, comment = ''] = /^(allow|deny)(?:\n([^]*))?$/.exec(text) ?? [];
  return decision === 'allow' || decision === 'deny' ? { decision, comment: comment.trim() || undefined } : undefined;
}

/** Takes the person's answer to a permission request, for the hook that waits for it. Undefined while there is none. */
export function consumeAnswer(dir: string, ask: string): PersonAnswer | undefined {
  const path = join(sessionPaths(dir).flags, fileName({ kind: 'answer', ask }));
  if (lstatOf(path)?.isFile() !== true) return undefined;
  const answer = parseAnswer(readComment(path));
  try {
    removeFile(path);
  } catch {
    // it counts once all the same: the hook that waits for it ends
  }
  return answer;
}

/** A file in `flags/`. */
export interface RaisedFlag {
  name: string;
  /** Undefined where it is none: another name, or no plain file. */
  flag: Flag | undefined;
  comment: string | undefined;
  changedMs: number;
}

/** Files that are being written. The gate does not see names that begin with a dot. */
const TEMPORARY = /^\..*\.tmp$/;

/** The flags that are raised now, without those that were set aside before and have not been touched since. */
export function readFlags(dir: string): RaisedFlag[] {
  const { flags, ignoredFlags } = sessionPaths(dir);
  return namesIn(flags).flatMap((name): RaisedFlag[] => {
    if (TEMPORARY.test(name)) return [];
    const path = join(flags, name);
    const stats = lstatOf(path);
    // another hook has removed it; what is not UTF-8 cannot be found by the name that Node makes of it
    if (stats === undefined && !name.includes('\ufffd')) return [];
    const changedMs = stats?.mtimeMs ?? 0;
    if (changedMs <= (lstatOf(join(ignoredFlags, name))?.mtimeMs ?? -1)) return [];
    const flag = stats?.isFile() === true ? parseName(name) : undefined;
    const comment = flag === undefined ? undefined : readComment(path);
    return [{ name, flag, comment: comment || undefined, changedMs }];
  });
}

function readComment(path: string): string {
  let fd: number | undefined;
  try {
    ({ fd } = openFile(path));
    const buffer = Buffer.alloc(MAX_COMMENT_BYTES);
    const bytes = buffer.subarray(0, readSync(fd, buffer, 0, MAX_COMMENT_BYTES, 0));
    // where it is cut within a character, or is no text, what can be read of it counts
    const text = (decodeText(bytes) ?? bytes.toString('utf8')).replaceAll('\r\n', '\n');
    // zero bytes are no comment, and take six characters each in the log
    return text.slice(0, `${text}\0`.indexOf('\0')).trim();
  } catch {
    return '';
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * Obeys the flags: publishes each, then removes it. That two hooks publish the same one is harmless, since the fold
 * ends a block once. What is no flag is set aside with a warning. Returns the number of those that
 * were published.
 * @param onUnpublished gets the event of a flag where the log cannot be written: the flag stays for the next reader.
 * Without it the system's error is thrown.
 */
export function consumeFlags(dir: string, now: number, onUnpublished?: (event: NewEvent) => void): number {
  const flags = readFlags(dir);
  if (flags.length === 0) return 0;
  let published = 0;
  const isCopy = exists(sessionPaths(dir).copy);
  for (const raised of flags) {
    const { flag, changedMs } = raised;
    // on a copy the bridge carries it to the hook that waits
    if (flag?.kind === 'answer' && (isCopy || Math.abs(now - changedMs) <= ANSWER_TTL_MS)) continue;
    // elsewhere than at the seat the bridge publishes it, and removes it once it counts there; for hooks here it counts at once
    if (flag !== undefined && isCopy) {
      onUnpublished?.({ ts: now, ...flagEvent(raised) });
      continue;
    }
    // only what is out of the way is reported, so that it is reported once
    if (flag === undefined && !ignoreFlag(dir, raised, now)) continue;
    try {
      publish(dir, now, flagEvent(raised));
    } catch (error) {
      if (onUnpublished === undefined) throw error;
      onUnpublished({ ts: now, ...flagEvent(raised) });
      continue;
    }
    published++;
    if (flag !== undefined) removeFlag(dir, raised, now);
  }
  return published;
}

/** The event by which a flag is carried from `machine` to the one that has the session; undefined where it stays here. */
export function carriedEvent(raised: RaisedFlag, state: SessionState, machine: string): NewEvent | undefined {
  const { flag, comment } = raised;
  if (flag?.kind !== 'answer') return flag && flagEvent(raised);
  const answer = parseAnswer(comment ?? '');
  const asking = state.asks.get(flag.ask)?.worker;
  // the hook of a Claude that has joined from here takes it itself
  const isOfHere = asking !== undefined && state.workers.get(asking)?.machine === machine;
  return answer === undefined || isOfHere
    ? undefined
    : { t: 'answer', ask: flag.ask, decision: answer.decision, by: USER, word: answer.comment };
}

/** Removes a flag that was obeyed. One that cannot be removed counts no more until it is touched again. */
export function removeFlag(dir: string, raised: RaisedFlag, now: number): void {
  try {
    removeFile(join(sessionPaths(dir).flags, raised.name));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    // another hook was faster
    if (code === 'ENOENT' || !markIgnored(dir, raised, now)) return;
    const message = `the flag ${raised.name} was obeyed and cannot be removed (${code}): remove it by hand`;
    publish(dir, now, { t: 'log', level: 'warn', message });
  }
}

/** Puts what is no flag out of the gate's way, which would start this program for it at each call. */
function ignoreFlag(dir: string, raised: RaisedFlag, now: number): boolean {
  const paths = sessionPaths(dir);
  try {
    claimFolder(paths.setAside);
    moveInto(paths.flags, raised.name, paths.setAside);
    return true;
  } catch (error) {
    // another hook was faster
    return (error as NodeJS.ErrnoException).code !== 'ENOENT' && markIgnored(dir, raised, now);
  }
}

/** Makes a file by which the gate and `readFlags` see that a flag of that name and age is done with. */
function markIgnored(dir: string, { name, changedMs }: RaisedFlag, now: number): boolean {
  const { ignoredFlags } = sessionPaths(dir);
  try {
    claimFolder(ignoredFlags);
    touch(join(ignoredFlags, name), Math.max(changedMs + 1, now));
    return true;
  } catch {
    // nothing can be written here: the next call starts for it again
    return false;
  }
}

/** What a flag means as an event. */
function flagEvent({ name, flag, comment }: RaisedFlag): NewEvent {
  if (flag === undefined)
    return { t: 'log', level: 'warn', message: `an unknown flag was set aside: ${JSON.stringify(name.slice(0, 100))}` };
  if (flag.kind === 'answer')
    return { t: 'log', level: 'warn', message: 'An answer from the panel came too late: Claude asks no more.' };
  if (flag.kind === 'pass') return { t: 'unblock', block: 'all', by: USER, call: flag.call, word: comment };
  return commandEvent(flag, comment);
}

const commandEvent = (command: PersonCommand, comment: string | undefined): NewEvent =>
  command.kind === 'release'
    ? { t: 'unblock', block: command.block, by: USER, word: comment }
    : { t: 'abort', worker: command.worker, by: USER, word: comment };
