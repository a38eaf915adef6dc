import type { Log } from './log.ts';
import type { Point } from './point.ts';
import type { Op } from './program.ts';

export interface Actor {
  readonly name: string;
  readonly at: Point;
  readonly crashed: boolean;
  /** Whether it may crash between any two of its steps. */
  readonly mortal: boolean;
}

/** The shared state of several processes, and the state of each. Immutable: a step makes a new one. */
export interface World {
  readonly log: Log;
  readonly now: number;
  /** The times to which the clock may still jump. */
  readonly later: readonly number[];
  /** `armed/`: the entries of each folder that exists. */
  readonly armed: Readonly<Record<string, readonly string[]>>;
  readonly flags: readonly string[];
  readonly actors: readonly Actor[];
  /** How many actors may still crash. */
  readonly crashes: number;
}

export const actor = (world: World, name: string): Actor => {
  const found = world.actors.find((a) => a.name === name);
  if (found === undefined) throw new Error(`no actor is called ${name}`);
  return found;
};

const armedKeys = new WeakMap<World['armed'], string>();

function armedKey(armed: World['armed']): string {
  let key = armedKeys.get(armed);
  if (key === undefined) {
    const folders = Object.keys(armed).toSorted();
    key = folders.map((folder) => `${folder}:${armed[folder]?.join(',')}`).join(';');
    armedKeys.set(armed, key);
  }
  return key;
}

/** The identity of a world, as text. */
export const worldKey = (world: World): string =>
  [
    world.log.id,
    world.now,
    armedKey(world.armed),
    world.flags.join(','),
    world.actors.map((a) => (a.crashed ? `-${a.at.id}` : a.at.id)).join(' '),
    world.crashes,
  ].join('|');

type Outcome = { world: World; result?: unknown };

/** The possible outcomes of a step: none while it has to wait, several if it is not deterministic. */
function outcomes(world: World, op: Op): Outcome[] {
  const { armed, flags } = world;
  switch (op.op) {
    case 'append':
      return [{ world: { ...world, log: world.log.append({ ts: world.now, ...op.event }) } }];
    case 'read':
      return [{ world, result: world.log }];
    case 'until':
      if (op.holds(world.log)) return [{ world, result: { log: world.log, gaveUp: false } }];
      return op.waitForever ? [] : [{ world, result: { log: world.log, gaveUp: true } }];
    case 'gate':
      return [
        { world, result: { open: armed[op.folder] !== undefined || flags.length > 0, published: published(world) } },
      ];
    case 'list':
      return [{ world, result: armed[op.folder] ?? [] }];
    case 'mkdir':
      if (armed[op.folder] !== undefined) return [{ world }];
      return [{ world: { ...world, armed: { ...armed, [op.folder]: [] } } }];
    case 'create': {
      const there = armed[op.folder];
      if (there === undefined) return [{ world, result: false }];
      const entries = [...there, op.entry].toSorted();
      return [{ world: { ...world, armed: { ...armed, [op.folder]: entries } }, result: true }];
    }
    case 'unlink': {
      const there = armed[op.folder];
      if (there === undefined) return [{ world }];
      const entries = there.filter((entry) => entry !== op.entry);
      return [{ world: { ...world, armed: { ...armed, [op.folder]: entries } } }];
    }
    case 'rmdir': {
      const { [op.folder]: there, ...others } = armed;
      return [{ world: there?.length === 0 ? { ...world, armed: others } : world }];
    }
    case 'flags':
      return [{ world, result: flags }];
    case 'raise':
      return [{ world: { ...world, flags: [...new Set([...flags, op.flag])].toSorted() } }];
    case 'lower':
      return [{ world: { ...world, flags: flags.filter((flag) => flag !== op.flag) } }];
    case 'clock':
      return [{ world, result: world.now }];
    case 'gone':
      return [{ world, result: actor(world, op.actor).crashed }];
  }
}

/** What all actors have published so far: the data of the marks `published`. */
const published = (world: World): string[] =>
  world.actors.flatMap((a) => a.at.marks.filter((m) => m.mark === 'published').map((m) => String(m.data)));

/** All worlds that may follow: by a step or a crash of any actor, or by the clock. */
export function successors(world: World): World[] {
  const worlds: World[] = [];
  const replaceActor = (i: number, next: Actor, base: World): World => ({ ...base, actors: base.actors.with(i, next) });
  for (const [i, current] of world.actors.entries()) {
    if (current.crashed || current.at.pending === undefined) continue;
    for (const { world: after, result } of outcomes(world, current.at.pending))
      worlds.push(replaceActor(i, { ...current, at: current.at.after(result) }, after));
    if (current.mortal && world.crashes > 0)
      worlds.push(
        replaceActor(
          i,
          { ...current, at: current.at.stopped(), crashed: true },
          { ...world, crashes: world.crashes - 1 },
        ),
      );
  }
  const [now, ...later] = world.later;
  if (now !== undefined) worlds.push({ ...world, now, later });
  return worlds;
}

/** The step between two worlds, as a person reads it. */
export function describeStep(before: World, after: World): string {
  const i = after.actors.findIndex((a, n) => a !== before.actors[n]);
  const [was, is] = [before.actors[i], after.actors[i]];
  if (was === undefined || is === undefined) return `the clock: ${after.now}`;
  if (is.crashed) return `${was.name} crashes`;
  const op = was.at.pending;
  const { op: verb, ...details } = op ?? { op: 'nothing' };
  const marks = is.at.marks.slice(was.at.marks.length).map((m) => ` [${m.mark} ${JSON.stringify(m.data) ?? ''}]`);
  return `${was.name}: ${verb} ${JSON.stringify(details)}${marks.join('')}`;
}
