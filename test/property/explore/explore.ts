import type { Log } from './log.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { Point } from './point.ts';
import type { Program } from './program.ts';
import { describeStep, successors, worldKey, type World } from './world.ts';

/** A small world, and what must be true in every state that it can get into. */
export interface Exploration {
  name: string;
  start: World;
  /** What is wrong with this world, if anything. `quiet`: nobody can or will do anything any more. */
  check: (world: World, quiet: boolean) => string | undefined;
}

export interface ExplorationResult {
  states: number;
  quiet: number;
  /** Whether there are more, which were not looked at. */
  cut: boolean;
  /** What is wrong, and a shortest way there. */
  violation?: { what: string; trace: string[] };
}

/** How many, for a world's name. */
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
 * Visits every state once, nearest first, so that what it finds wrong comes with a shortest way there; with `most`, no
 * more than the nearest so many.
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
    const what = check(world, next.length === 0);
    if (what !== undefined)
      return { states: worlds.length, quiet, cut: false, violation: { what, trace: traceTo(i, worlds, from) } };
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
