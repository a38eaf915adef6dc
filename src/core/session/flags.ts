import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  readdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { USER, isWorkerId } from '#protocol/ids.ts';
import { writeFileAtomic } from '#core/base/atomicFile.ts';
import type { NewEvent } from '#core/log/append.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { publish } from './publish.ts';

/** The person's word in a flag file, at most this many bytes. */
const MAX_COMMENT_BYTES = 4096;

export type Flag =
  | { kind: 'release'; block: string }
  | { kind: 'releaseAll' }
  | { kind: 'abortWorker'; worker: string }
  | { kind: 'abortSession' }
  | { kind: 'answer'; ask: string };

const fileName = (flag: Flag): string => {
  switch (flag.kind) {
    case 'release':
      return `release-${flag.block}`;
    case 'releaseAll':
      return 'release-all';
    case 'abortWorker':
      return `abort-${flag.worker}`;
    case 'abortSession':
      return 'abort-session';
    case 'answer':
      return `answer-${flag.ask}`;
  }
};

function parseName(name: string): Flag | undefined {
  if (name === 'release-all') return { kind: 'releaseAll' };
  if (name === 'abort-session') return { kind: 'abortSession' };
  const block = /^release-(B[1-9][0-9]{0,8})$/.exec(name)?.[1];
  if (block !== undefined) return { kind: 'release', block };
  const ask = /^answer-([A-Za-z0-9_-]{1,64})$/.exec(name)?.[1];
  if (ask !== undefined) return { kind: 'answer', ask };
  const worker = /^abort-(.+)$/.exec(name)?.[1];
  return worker !== undefined && isWorkerId(worker) ? { kind: 'abortWorker', worker } : undefined;
}

/** Raises a flag for the hooks, with the person's word if there is one. A later one of the same name replaces it. */
export function raiseFlag(dir: string, flag: Flag, comment = ''): void {
  const folder = sessionPaths(dir).flags;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const text = Buffer.from(comment, 'utf8').subarray(0, MAX_COMMENT_BYTES).toString('utf8');
  writeFileAtomic(join(folder, fileName(flag)), text, { mode: 0o600 });
}

/** So long an answer waits for the hook that it is for; then there is none, and every other hook would start for it. */
const ANSWER_TTL_MS = 5000;

/** The person's answer to a permission request, for the hook that waits for it; taken away. Undefined while there is none. */
export function consumeAnswer(dir: string, ask: string): { decision: 'allow' | 'deny'; comment?: string } | undefined {
  const path = join(sessionPaths(dir).flags, fileName({ kind: 'answer', ask }));
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  const [, decision, comment = ''] = /^(allow|deny)(?:\n([^]*))?$/.exec(readComment(path)) ?? [];
  unlinkSync(path);
  if (decision !== 'allow' && decision !== 'deny') return undefined;
  return { decision, ...(comment.trim() === '' ? {} : { comment: comment.trim() }) };
}

/** The flags that stand now. Names that are no flag are returned as `odd`: they are removed and logged, not obeyed. */
export function readFlags(dir: string): { name: string; flag: Flag | undefined; comment: string | undefined }[] {
  const folder = sessionPaths(dir).flags;
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => !name.endsWith('.tmp'));
  } catch {
    return [];
  }
  return names.map((name) => {
    const flag = parseName(name);
    const comment = flag === undefined ? undefined : readComment(join(folder, name));
    return { name, flag, comment: comment || undefined };
  });
}

function readComment(path: string): string {
  try {
    // no link is followed, and a FIFO does not stop the reader
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
 * Obeys the flags: first the log says who wanted what, then the flag goes. Twice the same flag (two hooks at once)
 * is harmless, since the fold ends a block once. Returns how many there were.
 */
export function consumeFlags(dir: string, now: number): number {
  const flags = readFlags(dir).filter((entry) => entry.flag?.kind !== 'answer' || isStale(dir, entry.name, now));
  for (const { name, flag, comment } of flags) {
    publish(dir, now, eventOf(name, flag, comment));
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

function eventOf(name: string, flag: Flag | undefined, comment: string | undefined): NewEvent {
  switch (flag?.kind) {
    case 'release':
      return { t: 'unblock', block: flag.block, by: USER, word: comment };
    case 'releaseAll':
      return { t: 'unblock', block: 'all', by: USER, word: comment };
    case 'abortWorker':
      return { t: 'abort', worker: flag.worker, by: USER };
    case 'abortSession':
      return { t: 'abort', by: USER };
    case 'answer':
      return { t: 'log', level: 'warn', message: 'An answer from the panel came too late: Claude asks no more.' };
    case undefined:
      return { t: 'log', level: 'warn', message: `an unknown flag was removed: ${JSON.stringify(name.slice(0, 100))}` };
  }
}
