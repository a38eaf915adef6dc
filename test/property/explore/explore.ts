import type { Log } from './log.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { Point } from './point.ts';
import type { Program } from './program.ts';
import { describeStep, successors, worldKey, type World } from './world.ts';

/** A small world, and the invariants of all its states. */
export interface Exploration {
  name: string;
  start: World;
  /** The violated invariant of a world, if any. `quiet`: no actor has a step left. */
  check: (world: World, quiet: boolean) => string | undefined;
}

export interface ExplorationResult {
  states: number;
  quiet: number;
  /** Whether there are more states, which were not checked. */
  cut: boolean;
  /** The violated invariant, and a shortest trace to it. */
  violation?: { message: string; trace: string[] };
}

/** A count with its noun, for a world's name. */
export const plural = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

/** The world before the first step. */
export function initialWorld(
  log: Log,
  actors: Record<string, Program>,
  { mortal = [], crashes = 0, times = [] }: { mortal?: string[]; crashes?: number; times?: number[] } = {},
): World {
  const [now = T0, ...later] = times;
  return {
    log,
    now,
    later,
    armed: {},
    flags: [],
    actors: Object.entries(actors).map(([name, program]) => ({
      name,
      at: Point.start(program),
      crashed: false,
      mortal: mortal.includes(name),
    })),
    crashes,
  };
}

/**
 * Checks every state once, breadth first, so that the trace to a violation is a shortest one. With `maxStates` it stops
 * after that many.
 */
export function explore({ start, check }: Exploration, maxStates = Infinity): ExplorationResult {
  const worlds = [start];
  const from = [-1];
  const known = new Set([worldKey(start)]);
  let quiet = 0;
  for (let i = 0; i < worlds.length; i++) {
    const world = worlds[i] as World;
    const next = successors(world);
    if (next.length === 0) quiet++;
    const message = check(world, next.length === 0);
    if (message !== undefined)
      return { states: worlds.length, quiet, cut: false, violation: { message, trace: traceTo(i, worlds, from) } };
    for (const after of next) {
      const key = worldKey(after);
      if (known.has(key)) continue;
      known.add(key);
      if (worlds.length >= maxStates) return { states: worlds.length, quiet, cut: true };
      worlds.push(after);
      from.push(i);
    }
  }
  return { states: worlds.length, quiet, cut: false };
}

function traceTo(end: number, worlds: World[], from: number[]): string[] {
  const trace: string[] = [];
  for (let i = end, before = from[i] as number; before >= 0; i = before, before = from[i] as number)
    trace.unshift(describeStep(worlds[before] as World, worlds[i] as World));
  return trace;
}
