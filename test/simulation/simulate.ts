import { INVARIANTS } from './invariants.ts';
import type { Programs } from './programs.ts';
import type { Schedule } from './schedule.ts';
import { Scheduler } from './scheduler.ts';
import { DIR, World } from './world.ts';

/** An invariant that a run has violated. */
export interface Violation {
  invariant: string;
  message: string;
}

/** So many times the session goes on at the end, for what only time or another look ends. */
const CLOSING_ROUNDS = 8;
/** A claim of a process that is gone, and what a killed runner has left, are over after this time. */
const CLOSING_MS = 61_000;

/** What became of one schedule. */
export interface Run {
  violation: Violation | undefined;
  world: World;
}

/** Runs one schedule to its end: first with its faults, then without any until all is told and ended; then the invariants. */
export function run(programs: Programs, schedule: Schedule): Run {
  const world = new World(programs, schedule);
  const scheduler = new Scheduler(world);
  const stuck = start(world, scheduler) ?? scheduler.run() ?? close(world, scheduler);
  if (stuck !== undefined) return { violation: { invariant: 'everythingComesToItsEnd', message: stuck }, world };
  world.reference.refresh();
  for (const [invariant, check] of Object.entries(INVARIANTS)) {
    const message = check(world);
    if (message !== undefined) return { violation: { invariant, message }, world };
  }
  return { violation: undefined, world };
}

/** The session begins before anything happens in it. */
function start(world: World, scheduler: Scheduler): string | undefined {
  const actors = [...world.actors.values()];
  const later = actors.map(({ steps }) => steps.splice(0));
  world.fire('SessionStart', { source: 'startup' });
  const stuck = scheduler.run();
  world.logInode = world.machine.disk.peek(`${DIR}/events.jsonl`);
  for (const [i, actor] of actors.entries()) actor.steps.push(...(later[i] ?? []));
  return stuck;
}

/** No fault any more: the disk has room, the session goes on, and whoever looks does what others have left. */
function close(world: World, scheduler: Scheduler): string | undefined {
  const { machine } = world;
  scheduler.isClosing = true;
  machine.disk.room = Infinity;
  for (let round = 0; round < CLOSING_ROUNDS; round++) {
    if (round > 0) machine.now += CLOSING_MS;
    for (const event of ['PostToolUse', 'UserPromptSubmit']) {
      world.fire(
        event,
        event === 'PostToolUse'
          ? { tool_name: 'Glob', tool_input: {}, tool_use_id: `end${round}` }
          : { prompt: 'and now?' },
      );
      const stuck = scheduler.run();
      if (stuck !== undefined) return stuck;
    }
    const state = world.reference.refresh();
    const hasNotes = [...state.notes.values()].some(
      ({ to, deliveredBy }) => to === 'conductor' && deliveredBy === undefined,
    );
    const hasWorkers = [...state.workers.values()].some(
      ({ run: planned, state: now }) => planned !== undefined && !['done', 'failed', 'aborted', 'lost'].includes(now),
    );
    if (!hasNotes && !hasWorkers) break;
  }
  return undefined;
}
