import type { HookEvent } from '#protocol/hookEvents.ts';
import { publish, type ActorContext } from './arming.ts';
import { plural, initialWorld, type Exploration } from './explore.ts';
import { hook, activeItems, type Broken, type HookOptions } from './hook.ts';
import { Log } from './log.ts';
import { mark, raise, until, type Program } from './program.ts';
import { actor, type World } from './world.ts';

const GATED: readonly HookEvent[] = ['PreToolUse'];
const FLAG = 'a flag';
const actorContext = (name: string): ActorContext => ({ name, gated: GATED, nonces: 0 });

/** Publishes a block and, unless the person ends it, clears it later. */
const blocker = (unblocks: boolean): Program =>
  function* () {
    const self = actorContext('W1');
    yield* publish(self, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
    yield* mark('published', 'B1');
    if (unblocks) yield* publish(self, { t: 'unblock', block: 'B1', by: 'W1' });
  };

/** Publishes information for the same hook event, so that its entries are in the same folder. */
const informer: Program = function* () {
  yield* publish(actorContext('W2'), { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 0, message: 'by the way' });
};

/** The person releases the block as soon as it is there. */
const person: Program = function* () {
  yield* until((log) => log.state.blocks.has('B1'));
  yield* raise('release-B1');
  yield* mark('published', FLAG);
};

/** A call passed an active block that had been published before the hook began. */
function passed(world: World): string | undefined {
  for (const { name, at } of world.actors) {
    const decided = at.marked('decided');
    if (decided !== 'pass' && decided !== 'allow') continue;
    for (const block of at.listed('began'))
      if (block !== FLAG && world.log.state.blocks.get(block)?.ended === undefined)
        return `${name} let a call pass ${block}`;
  }
  return undefined;
}

/**
 * At the end each active item is armed. After a crash this holds only for the items that a hook had folded which ran to
 * its end: a hook that dies leaves the rest to the next one.
 */
export function unarmed(world: World, gated: readonly HookEvent[]): string | undefined {
  if (world.actors.some((a) => a.crashed && a.at.has('began'))) return undefined;
  const folded = new Set(world.actors.flatMap((a) => a.at.listed('closed')));
  const all = world.actors.every((a) => !a.crashed);
  for (const item of activeItems(world.log.state)) {
    const event = gated.find((name) => item.endsWith(` at ${name}`));
    if (event === undefined || (!all && !folded.has(item))) continue;
    if ((world.armed[event] ?? []).length === 0) return `${item} is not armed`;
  }
  return undefined;
}

function twice(world: World): string | undefined {
  const printed = world.actors.flatMap((a) => a.at.marks.filter((m) => m.mark === 'printed').map((m) => m.data));
  return new Set(printed).size < printed.length ? 'information was printed twice' : undefined;
}

const check = (world: World, quiet: boolean): string | undefined =>
  passed(world) ?? twice(world) ?? (quiet ? unarmed(world, GATED) : undefined);

export interface BlockWorld {
  hooks?: number;
  holds?: boolean;
  informs?: boolean;
  crashes?: number;
  /** The actors that may crash; by default all. */
  mortal?: string[];
  broken?: Broken;
}

/** One block that is published and cleared, arming and disarming, and hooks at any time. */
export function blockWorld({
  hooks = 2,
  holds = true,
  informs = true,
  crashes = 1,
  mortal,
  broken,
}: BlockWorld): Exploration {
  const options: HookOptions = { gated: GATED, holds, broken };
  const calls = Array.from({ length: hooks }, (_, i) => `H${i + 1}`);
  const actors: Record<string, Program> = { W1: blocker(true), ...(informs ? { W2: informer } : {}) };
  for (const name of calls) actors[name] = hook(name, 'PreToolUse', options);
  const name = `block${holds ? ', hold' : ''}${informs ? ', information' : ''} and ${plural(hooks, 'hook')}, ${plural(crashes, 'crash', 'crashes')}`;
  return { name, check, start: initialWorld(Log.empty(), actors, { mortal: mortal ?? Object.keys(actors), crashes }) };
}

/** One block that only the person ends, with a flag that every hook may consume. */
export function flagWorld({ hooks = 2, holds = false, crashes = 1, broken }: BlockWorld): Exploration {
  const options: HookOptions = { gated: GATED, flagged: true, holds, broken };
  const actors: Record<string, Program> = { W1: blocker(false), person };
  for (let i = 1; i <= hooks; i++) actors[`H${i}`] = hook(`H${i}`, 'PreToolUse', options);
  return {
    name: `block, a person's flag and ${plural(hooks, 'hook')}, ${plural(crashes, 'crash', 'crashes')}`,
    start: initialWorld(Log.empty(), actors, { mortal: Object.keys(actors), crashes }),
    check: (world, quiet) => {
      const obeyed = world.log.state.blocks.get('B1')?.ended !== undefined;
      if (actor(world, 'person').at.has('published') && world.flags.length === 0 && !obeyed)
        return 'a flag is gone without an event in the log';
      const ignoring = world.actors.find(({ at }) => at.has('closed') && at.listed('began').includes(FLAG));
      if (ignoring !== undefined && !obeyed) return `${ignoring.name} did not obey an existing flag`;
      // the call began after the person had let it run
      const refused = world.actors.find(
        ({ at }) => at.marked('decided') === 'deny' && at.listed('began').includes(FLAG),
      );
      if (refused !== undefined) return `${refused.name} refused a call in spite of an existing flag`;
      return check(world, quiet);
    },
  };
}
