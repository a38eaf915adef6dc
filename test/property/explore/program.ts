import type { NewEvent } from '#core/log/append.ts';
import type { Armable } from '#core/session/armed.ts';
import type { Log } from './log.ts';

/** One atomic step on the shared world: what the system does as a whole or not at all. */
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

/** What the invariants may know of an actor: no step of the world, it happens together with the step before it. */
export interface Mark {
  mark: string;
  data?: unknown;
}

/** Goes on as another program that knows only what its name says: what was seen before no longer matters. */
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
/** Looks again and again until something holds; one without `waitForever` may give up, and has then looked a last time. */
export function* until(holds: (log: Log) => boolean, waitForever = true): Steps<{ log: Log; gaveUp: boolean }> {
  return (yield { op: 'until', holds, waitForever }) as { log: Log; gaveUp: boolean };
}
/** The gate's short way out: whether it becomes Node. `published` is for the invariants only: what was published in full by then. */
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
/** False is ENOENT: the folder is gone. */
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
/** Goes on with a part that depends on nothing but `known`: everything else is forgotten. Nothing may follow it. */
export function* become<T>(known: T, part: (known: T) => Steps<void>): Steps<void> {
  yield { become: `${part.name} ${JSON.stringify(known)}`, program: () => part(known) };
}
