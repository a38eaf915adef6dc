import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { USER, isWorkerId } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publish } from './publish.ts';

/** The person's comment in a flag file is at most this long. */
const MAX_COMMENT_BYTES = 4096;

/** A release of a block, or of `all`; or the abort of a worker, or of the session where none is named. */
export type PersonCommand = { kind: 'release'; block: string } | { kind: 'abort'; worker?: string };

/** A file in `flags/`: a command to the hooks without the log, or an answer for the hook that waits for it. */
export type Flag = PersonCommand | { kind: 'answer'; ask: string };

function fileName(flag: Flag): string {
  if (flag.kind === 'release') return `release-${flag.block}`;
  return flag.kind === 'abort' ? `abort-${flag.worker ?? 'session'}` : `answer-${flag.ask}`;
}

function parseName(name: string): Flag | undefined {
  const [, kind, id = ''] = /^(release|abort|answer)-(.+)$/.exec(name) ?? [];
  if (kind === 'release') return /^(?:all|B[1-9][0-9]{0,8})$/.test(id) ? { kind, block: id } : undefined;
  if (kind === 'answer') return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? { kind, ask: id } : undefined;
  if (kind !== 'abort' || !isWorkerId(id)) return undefined;
  return id === 'session' ? { kind } : { kind, worker: id };
}

/** Raises a flag for the hooks, with the person's comment if there is one. Replaces an earlier one of the same name. */
export function raiseFlag(dir: string, flag: Flag, comment = ''): void {
  const folder = sessionPaths(dir).flags;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileAtomic(join(folder, fileName(flag)), truncateComment(comment), { mode: 0o600 });
}

const truncateComment = (comment: string): string =>
  Buffer.from(comment, 'utf8').subarray(0, MAX_COMMENT_BYTES).toString('utf8');

/**
 * Publishes what the person asks for, unless the state shows that it has happened, say from another window. Where the
 * log cannot be written, leaves a flag, which the hooks obey later, and throws the system's error.
 */
export function publishCommand(
  dir: string,
  state: SessionState,
  now: number,
  command: PersonCommand,
  comment = '',
): void {
  if (hasHappened(state, command)) return;
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

/** Takes the person's answer to a permission request, for the hook that waits for it. Undefined while there is none. */
export function consumeAnswer(dir: string, ask: string): { decision: 'allow' | 'deny'; comment?: string } | undefined {
  const path = join(sessionPaths(dir).flags, fileName({ kind: 'answer', ask }));
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const [, decision, comment = ''] = /^(allow|deny)(?:\n([^]*))?$/.exec(readComment(path)) ?? [];
  unlinkSync(path);
  if (decision !== 'allow' && decision !== 'deny') return undefined;
  return { decision, comment: comment.trim() || undefined };
}

/** The flags that are raised now; `flag` is undefined where a file's name is none. */
export function readFlags(dir: string): { name: string; flag: Flag | undefined; comment: string | undefined }[] {
  const folder = sessionPaths(dir).flags;
  const names = namesIn(folder).filter((name) => !name.endsWith('.tmp'));
  return names.map((name) => {
    const flag = parseName(name);
    const comment = flag === undefined ? undefined : readComment(join(folder, name));
    return { name, flag, comment: comment || undefined };
  });
}

function readComment(path: string): string {
  try {
    // follows no link, and does not wait for a FIFO's writer
    const fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!fstatSync(fd).isFile()) return '';
      const bytes = Buffer.alloc(MAX_COMMENT_BYTES);
      return bytes.toString('utf8', 0, readSync(fd, bytes, 0, MAX_COMMENT_BYTES, 0)).trim();
    } finally {
      closeSync(fd);
    }
  } catch {
    return '';
  }
}

/**
 * Obeys the flags: publishes each, then removes it. That two hooks publish the same one is harmless, since the fold
 * ends a block once. A file whose name is no flag is removed with a warning. Returns the number of flags.
 */
export function consumeFlags(dir: string, now: number): number {
  const flags = readFlags(dir).filter((entry) => entry.flag?.kind !== 'answer' || isStale(dir, entry.name, now));
  for (const { name, flag, comment } of flags) {
    publish(dir, now, flagEvent(name, flag, comment));
    try {
      unlinkSync(join(sessionPaths(dir).flags, name));
    } catch {
      // another hook was faster
    }
  }
  return flags.length;
}

function isStale(dir: string, name: string, now: number): boolean {
  const stats = lstatSync(join(sessionPaths(dir).flags, name), { throwIfNoEntry: false });
  return stats !== undefined && now - stats.mtimeMs > ANSWER_TTL_MS;
}

function flagEvent(name: string, flag: Flag | undefined, comment: string | undefined): NewEvent {
  if (flag === undefined)
    return { t: 'log', level: 'warn', message: `an unknown flag was removed: ${JSON.stringify(name.slice(0, 100))}` };
  if (flag.kind === 'answer')
    return { t: 'log', level: 'warn', message: 'An answer from the panel came too late: Claude asks no more.' };
  return commandEvent(flag, comment);
}

const commandEvent = (command: PersonCommand, comment: string | undefined): NewEvent =>
  command.kind === 'release'
    ? { t: 'unblock', block: command.block, by: USER, word: comment }
    : { t: 'abort', worker: command.worker, by: USER };
