import type { NewEvent } from '#core/log/append.ts';
import { eventsToArm, type Armable } from '#core/session/armed.ts';
import { append, create, list, mkdir, rmdir, unlink, type Steps } from './program.ts';

/** The acting process, the folders that `armed/` may have in this world, and how many nonces the process has made. */
export interface ActorContext {
  name: string;
  gated: readonly Armable[];
  nonces: number;
}

// The file operations of src/core/session/{armed,publish}.ts, one step each; the real functions make their decisions.

export function* publish(me: ActorContext, ...events: NewEvent[]): Steps<void> {
  for (const event of events) yield* append(event);
  yield* arm(me, new Set(events.flatMap(eventsToArm)));
}

function* arm(me: ActorContext, events: Iterable<Armable>): Steps<void> {
  for (const event of events) {
    if (!me.gated.includes(event)) continue;
    const entry = `${me.name}${me.nonces++}`;
    for (;;) {
      yield* mkdir(event);
      if (yield* create(event, entry)) break;
    }
  }
}

export function* disarm(event: Armable, entries: readonly string[]): Steps<void> {
  for (const entry of entries) yield* unlink(event, entry);
  yield* rmdir(event);
}

/** `armFromState`, with the result of `armedEvents`. */
export function* armMissing(me: ActorContext, required: readonly Armable[]): Steps<void> {
  const missing: Armable[] = [];
  for (const event of required) if (me.gated.includes(event) && (yield* list(event)).length === 0) missing.push(event);
  yield* arm(me, missing);
}
