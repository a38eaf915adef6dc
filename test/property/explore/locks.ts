import type { NewEvent } from '#core/log/append.ts';
import { dueExpiries } from '#core/fold/expiries.ts';
import type { Acquire, SessionState } from '#protocol/state.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { plural, initialWorld, type Exploration } from './explore.ts';
import { Log, type Reading } from './log.ts';
import { append, become, clock, isGone, mark, read, until, type Program, type Steps } from './program.ts';
import type { World } from './world.ts';

const LEASE = 1000;
const holders = (state: SessionState): Acquire[] => state.locks.get('db')?.holders ?? [];
const queue = (state: SessionState): Acquire[] => state.locks.get('db')?.queue ?? [];
const holds = (log: Log, id: string): Acquire | undefined => holders(log.state).find((held) => held.id === id);

/** Asks for the lock on a lease, waits for its turn, renews, releases it: `fermata with-lock`, one renewal long. */
const worker = (name: string, renews: boolean): Program =>
  function* () {
    const asked = { t: 'acquire' as const, worker: name, resource: 'db', id: name, ttlMs: LEASE };
    yield* append({ ...asked, wait: true });
    // granted, or out of the queue: its lease there may run out as well
    const { log } = yield* until((l) => !queue(l.state).some((q) => q.id === name));
    if (holds(log, name) === undefined) return;
    yield* mark('holds');
    yield* become({ name, asked, renews }, using);
  };

function* using({ name, asked, renews }: { name: string; asked: NewEvent; renews: boolean }): Steps<void> {
  if (renews) {
    // the time is taken before the line is written, and the process may sleep in between
    const ts = yield* clock();
    yield* append({ ...asked, ts });
    const held = holds(yield* read(), name);
    if (held !== undefined) yield* mark('renewed', held.renewedPos);
  }
  yield* append({ t: 'release', worker: name, resource: 'db', id: name });
  yield* mark('gave back');
}

/** Reports expiries and lost workers, as every runner and every waiting command does. */
const observer = (passes: number, mortal: string[]): Program =>
  function* () {
    yield* observe({ passes, mortal, reported: [] });
  };

function* observe({ passes, mortal, reported }: { passes: number; mortal: string[]; reported: string[] }): Steps<void> {
  const now = yield* clock();
  const { state } = yield* read();
  const due = dueExpiries(state, now).filter(({ ref, seen }) => !reported.includes(`${String(ref)} ${String(seen)}`));
  for (const event of due) yield* append({ ...event, ts: now });
  for (const name of mortal)
    if (!reported.includes(name) && (yield* isGone(name))) {
      reported = [...reported, name];
      yield* append({ t: 'exit', worker: name, lost: true });
    }
  reported = [...reported, ...due.map(({ ref, seen }) => `${String(ref)} ${String(seen)}`)];
  if (passes > 1) yield* become({ passes: passes - 1, mortal, reported }, observe);
}

/** The invariant of the lock that one line violates, if any. */
export function wrongStep(log: Log): string | undefined {
  const { parent, event } = log;
  const now = holders(log.state);
  if (now.length > 1) return `${now.map((h) => h.id).join(' and ')} hold it exclusively`;
  if (parent === undefined || event === undefined) return undefined;
  const before = holders(parent.state);
  const waited = queue(parent.state);
  const still = new Set(queue(log.state).map((q) => q.token));
  for (const { id, token } of now) {
    if (before.some((h) => h.token === token)) continue;
    if (token <= newestToken(parent)) return `${id} was granted with the token ${token}, which is no newer`;
    const over = waited.find((q) => q.token < token && still.has(q.token));
    if (over !== undefined) return `${id} was granted before ${over.id}, which had asked earlier`;
  }
  if (now.length === 0 && still.size > 0) return 'a worker waits for a lock without a holder';
  return undefined;
}

/** The newest token that was ever granted. */
function newestToken(log: Log): number {
  let newest = -1;
  for (let at: Log | undefined = log; at !== undefined; at = at.parent)
    for (const { token } of holders(at.state)) newest = Math.max(newest, token);
  return newest;
}

/** A renewal that its holder has read back was undone by an expiry whose reporter had not seen it. */
function undone(world: World): string | undefined {
  for (const { name, at } of world.actors) {
    const renewed = at.marked('renewed');
    if (typeof renewed !== 'number' || at.has('gave back') || holds(world.log, name) !== undefined) continue;
    for (let log: Log | undefined = world.log; log?.parent !== undefined && log.pos > renewed; log = log.parent) {
      const { event, parent } = log;
      const taken = holds(parent, name) !== undefined && holds(log, name) === undefined;
      if (taken && event?.t === 'expire' && (event['seen'] as number) < renewed)
        return `${name} had renewed at ${renewed}, and an expiry that had seen ${String(event['seen'])} undid it`;
    }
  }
  return undefined;
}

/** A holder lost the lock although its process lives and no expiry was reported. */
export function lostWithoutReason(world: World): string | undefined {
  for (const { name, at, crashed } of world.actors) {
    if (!at.has('holds') || at.has('gave back') || crashed || holds(world.log, name) !== undefined) continue;
    const events = world.log.events();
    if (events.some((e) => (e.t === 'expire' && e['ref'] === name) || (e.t === 'release' && e['worker'] === name)))
      continue;
    return `${name} lost the lock for no logged reason`;
  }
  return undefined;
}

export interface LockWorld {
  /** For each worker, whether it renews. */
  renews?: boolean[];
  passes?: number;
  crashes?: number;
  times?: number[];
  reading?: Reading;
}

/** A fold that ignores which renewal an expiry has seen: any lease that is due expires. */
export const withoutSeen: Reading = (event, state) => {
  if (event.t !== 'expire') return event;
  const held = [...holders(state), ...queue(state)].find((a) => a.id === event['ref']);
  return { ...event, seen: held?.renewedPos ?? event['seen'] };
};

/** One exclusive lock on a lease, the workers that want it, and an observer. */
export function lockWorld({
  renews = [true, false, false],
  passes = 2,
  crashes = 1,
  times = [T0, T0 + LEASE],
  reading,
}: LockWorld): Exploration {
  const names = renews.map((_, i) => `W${i + 1}`);
  const actors: Record<string, Program> = {};
  for (const [i, name] of names.entries()) actors[name] = worker(name, renews[i] ?? false);
  actors['observer'] = observer(passes, crashes > 0 ? names : []);
  const judged = new Map<Log, string | undefined>();
  return {
    name: `one lock, ${names.length} workers and an observer, ${plural(crashes, 'crash', 'crashes')}`,
    start: initialWorld(Log.empty(reading), actors, { mortal: names, crashes, times }),
    check: (world) => {
      if (!judged.has(world.log)) judged.set(world.log, wrongStep(world.log));
      return judged.get(world.log) ?? undone(world) ?? lostWithoutReason(world);
    },
  };
}
