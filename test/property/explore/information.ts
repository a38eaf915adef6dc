import type { HookEvent } from '#protocol/hookEvents.ts';
import { publish } from './arming.ts';
import { unarmed } from './blocks.ts';
import { plural, initialWorld, type Exploration } from './explore.ts';
import { hook, type Broken } from './hook.ts';
import { Log } from './log.ts';
import { mark, type Program } from './program.ts';
import { actor, type World } from './world.ts';

const informer = (name: string, gated: readonly HookEvent[]): Program =>
  function* () {
    const self = { name, gated, nonces: 0 };
    yield* publish(self, { t: 'hook', worker: name, event: 'PostToolUse', exit: 0, message: `from ${name}` });
    yield* mark('published', name);
  };

/** The hooks that printed the information of each worker. */
function printed(world: World): Map<string, string[]> {
  const by = new Map<string, string[]>();
  for (const { name, at } of world.actors)
    for (const { mark: kind, data } of at.marks) {
      if (kind !== 'printed') continue;
      const from = world.log.state.notes.get(data as number)?.worker ?? 'no worker';
      by.set(from, [...(by.get(from) ?? []), name]);
    }
  return by;
}

function check(world: World, quiet: boolean, gated: readonly HookEvent[]): string | undefined {
  const by = printed(world);
  // a hook that died after it had printed and before it confirmed that is the one case of a repetition
  const lives = (name: string): boolean => !actor(world, name).crashed;
  for (const { worker, deliveredBy } of world.log.state.notes.values()) {
    const hooks = by.get(worker) ?? [];
    const living = hooks.filter(lives);
    if (living.length > 1 || (living.length === 1 && deliveredBy !== undefined && deliveredBy !== living[0]))
      return `the information of ${worker} was printed by ${hooks.join(' and ')}`;
    if (deliveredBy !== undefined && hooks.length === 0)
      return `the information of ${worker} was lost with ${deliveredBy}`;
  }
  if (!quiet) return undefined;
  if (world.actors.every((a) => !a.crashed))
    for (const { name, at } of world.actors)
      for (const from of at.listed('began'))
        if (!by.has(from)) return `${from} had published before ${name} began, and no hook printed it`;
  return unarmed(world, gated);
}

export interface InformationWorld {
  writers?: number;
  hooks?: number;
  gated?: readonly HookEvent[];
  crashes?: number;
  /** The actors that may crash; by default all. */
  mortal?: string[];
  broken?: Broken;
}

/** Information, and hooks that race to deliver it. */
export function informationWorld({
  writers = 2,
  hooks = 2,
  gated = ['PostToolUse'],
  crashes = 1,
  mortal,
  broken,
}: InformationWorld): Exploration {
  const actors: Record<string, Program> = {};
  for (let i = 1; i <= writers; i++) actors[`W${i}`] = informer(`W${i}`, gated);
  for (let i = 1; i <= hooks; i++)
    actors[`H${i}`] = hook(`H${i}`, gated[(i - 1) % gated.length] ?? 'PostToolUse', { gated, broken });
  return {
    name: `${plural(writers, 'piece')} of information and ${plural(hooks, 'hook')}, ${plural(crashes, 'crash', 'crashes')}`,
    check: (world, quiet) => check(world, quiet, gated),
    start: initialWorld(Log.empty(), actors, { mortal: mortal ?? Object.keys(actors), crashes }),
  };
}
