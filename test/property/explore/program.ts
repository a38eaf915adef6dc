import type { NewEvent } from '#core/log/append.ts';
import type { Armable } from '#core/session/armed.ts';
import type { Log } from './log.ts';

/** One atomic step on the shared world. */
export type Op =
  | { op: 'append'; event: NewEvent }
  | { op: 'read' }
  | { op: 'until'; holds: (log: Log) => boolean; waitForever: boolean }
  | { op: 'gate'; folder: Armable }
  | { op: 'list'; folder: Armable }
  | { op: 'mkdir'; folder: Armable }
  | { op: 'rmdir'; folder: Armable }
  | { op: 'create'; folder: Armable; entry: string }
  | { op: 'unlink'; folder: Armable; entry: string }
  | { op: 'flags' }
  | { op: 'raise'; flag: string }
  | { op: 'lower'; flag: string }
  | { op: 'clock' }
  | { op: 'gone'; actor: string };

/** A note of an actor for the invariants. It is not a step of its own: it belongs to the step before it. */
export interface Mark {
  mark: string;
  data?: unknown;
}

/** Continues as another program that depends only on `become`, its name and arguments as text. */
export interface Become {
  become: string;
  program: Program;
}

export type Steps<T> = Generator<Op | Mark | Become, T, unknown>;
export type Program = () => Steps<void>;

export function* append(event: NewEvent): Steps<void> {
  yield { op: 'append', event };
}
/** Reads the log to its end. */
export function* read(): Steps<Log> {
  return (yield { op: 'read' }) as Log;
}
/** Reads the log until a condition is met; without `waitForever` it may give up after any read. */
export function* until(holds: (log: Log) => boolean, waitForever = true): Steps<{ log: Log; gaveUp: boolean }> {
  return (yield { op: 'until', holds, waitForever }) as { log: Log; gaveUp: boolean };
}
/** The check of the gate: `open` if it starts Node. `published`, for the invariants, is all that is published by then. */
export function* gate(folder: Armable): Steps<{ open: boolean; published: string[] }> {
  return (yield { op: 'gate', folder }) as { open: boolean; published: string[] };
}
export function* list(folder: Armable): Steps<string[]> {
  return (yield { op: 'list', folder }) as string[];
}
export function* mkdir(folder: Armable): Steps<void> {
  yield { op: 'mkdir', folder };
}
export function* rmdir(folder: Armable): Steps<void> {
  yield { op: 'rmdir', folder };
}
/** Returns false where the real call fails with ENOENT, since the folder is gone. */
export function* create(folder: Armable, entry: string): Steps<boolean> {
  return (yield { op: 'create', folder, entry }) as boolean;
}
export function* unlink(folder: Armable, entry: string): Steps<void> {
  yield { op: 'unlink', folder, entry };
}
export function* flags(): Steps<string[]> {
  return (yield { op: 'flags' }) as string[];
}
export function* raise(flag: string): Steps<void> {
  yield { op: 'raise', flag };
}
export function* lower(flag: string): Steps<void> {
  yield { op: 'lower', flag };
}
export function* clock(): Steps<number> {
  return (yield { op: 'clock' }) as number;
}
/** Whether an actor's process is gone. */
export function* isGone(actor: string): Steps<boolean> {
  return (yield { op: 'gone', actor }) as boolean;
}
export function* mark(name: string, data?: unknown): Steps<void> {
  yield { mark: name, data };
}
/** Continues with a part that depends only on `known`; the rest is forgotten. It must be the last step of a program. */
export function* become<T>(known: T, part: (known: T) => Steps<void>): Steps<void> {
  yield { become: `${part.name} ${JSON.stringify(known)}`, program: () => part(known) };
}
