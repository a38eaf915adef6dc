import { dueExpiries } from '#core/fold/expiries.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { publish, type ActorContext } from './arming.ts';
import { unarmed } from './blocks.ts';
import { plural, initialWorld, type Exploration } from './explore.ts';
import { hook, type Broken } from './hook.ts';
import { lostWithoutReason, wrongStep } from './locks.ts';
import { Log, type Reading } from './log.ts';
import { become, clock, isGone, mark, read, until, type Program, type Steps } from './program.ts';
import type { World } from './world.ts';

const GATED: readonly HookEvent[] = ['PreToolUse'];
const LEASE = 1000;
const VOTERS = ['W2', 'W3'];
const actorContext = (name: string): ActorContext => ({ name, gated: GATED, nonces: 0 });

/** Blocks every call until the lock is free and the ballot is decided. */
const blocker: Program = function* () {
  const block = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' };
  yield* publish(actorContext('W1'), { ...block, until: ['free:db', 'decided:ship'] });
  yield* mark('published', 'the block');
};

/** Waits for the lock on a lease, votes while it has it, and releases it. */
const worker = (name: string, decision: string): Program =>
  function* () {
    yield* publish(actorContext(name), {
      t: 'acquire',
      worker: name,
      resource: 'db',
      id: name,
      ttlMs: LEASE,
      wait: true,
    });
    const { log } = yield* until((l) => l.state.locks.get('db')?.queue.some((q) => q.id === name) !== true);
    const granted = log.state.locks.get('db')?.holders.some((held) => held.id === name) === true;
    if (granted) yield* mark('holds');
    yield* become({ name, decision, granted }, finish);
  };

function* finish({ name, decision, granted }: { name: string; decision: string; granted: boolean }): Steps<void> {
  yield* publish(actorContext(name), { t: 'vote', worker: name, ballot: 'ship', decision });
  if (!granted) return;
  yield* publish(actorContext(name), { t: 'release', worker: name, resource: 'db', id: name });
  yield* mark('gave back');
}

/** Reports once the expiries that are due and the workers that are gone. */
const observer: Program = function* () {
  const now = yield* clock();
  const { state } = yield* read();
  const due: NewEvent[] = dueExpiries(state, now).map((event) => ({ ...event, ts: now }));
  for (const name of ['W1', ...VOTERS]) if (yield* isGone(name)) due.push({ t: 'exit', worker: name, lost: true });
  yield* become({ due }, publishDue);
};

function* publishDue({ due }: { due: NewEvent[] }): Steps<void> {
  yield* publish(actorContext('observer'), ...due);
}

const decided = (state: SessionState) => state.ballots.get('ship')?.decided;

function wrongBallot({ parent, state }: Log): string | undefined {
  const before = parent === undefined ? undefined : decided(parent.state);
  const now = decided(state);
  if (before !== undefined && now?.pos !== before.pos) return 'the ballot was decided twice';
  const votes = [...(state.ballots.get('ship')?.votes.values() ?? [])];
  const proceed = votes.filter((vote) => vote.decision === 'proceed').length;
  if (now?.decision === 'proceed' && proceed < VOTERS.length)
    return `decided to proceed by ${proceed} of ${VOTERS.length}`;
  return undefined;
}

/** The block of W1; an aborted ballot makes another one. */
const theBlock = (log: Log | undefined): Block | undefined =>
  [...(log?.state.blocks.values() ?? [])].find((block) => block.cause.kind === 'hook');

/** The block ended before its conditions were met, and not because its worker ended. */
function wrongBlock(log: Log): string | undefined {
  const now = theBlock(log);
  if (theBlock(log.parent)?.ended !== undefined || now?.ended === undefined) return undefined;
  if (log.event?.t === 'exit' && log.event['worker'] === 'W1') return undefined;
  return decided(log.state) === undefined ? 'the block ended before its conditions were met' : undefined;
}

/** A call passed the active block, which had been published before the hook began. */
function passed({ actors, log }: World): string | undefined {
  for (const { name, at } of actors) {
    if (!['pass', 'allow'].includes(String(at.marked('decided'))) || !at.listed('began').includes('the block'))
      continue;
    if (theBlock(log)?.ended === undefined) return `${name} let a call pass the block`;
  }
  return undefined;
}

/** A fold for which a block waits for its first condition only. */
export const withFirstConditionOnly: Reading = (event) =>
  Array.isArray(event['until']) ? { ...event, until: event['until'].slice(0, 1) as string[] } : event;

/** A fold for which one voter is enough. */
export const withOneVoter: Reading = (event) =>
  event.t === 'ballot' ? { ...event, voters: ['W2'], quorum: 1 } : event;

export interface EverythingWorld {
  hooks?: number;
  crashes?: number;
  /** Whether time passes, so that leases can run out. */
  expires?: boolean;
  broken?: Broken;
  reading?: Reading;
}

/** Three workers, a lock on a lease, a ballot, a block that waits for both, hooks that hold, arming, and crashes. */
export function everything({ hooks = 2, crashes = 1, expires = true, broken, reading }: EverythingWorld): Exploration {
  const actors: Record<string, Program> = { W1: blocker, W2: worker('W2', 'proceed'), W3: worker('W3', 'proceed') };
  for (let i = 1; i <= hooks; i++) actors[`H${i}`] = hook(`H${i}`, 'PreToolUse', { gated: GATED, holds: true, broken });
  if (expires || crashes > 0) actors['observer'] = observer;
  const log = Log.empty(reading).append({ t: 'ballot', ts: T0, ballot: 'ship', voters: VOTERS, quorum: 2 });
  const judged = new Map<Log, string | undefined>();
  const judge = (at: Log): string | undefined => wrongStep(at) ?? wrongBallot(at) ?? wrongBlock(at);
  const times = expires ? [T0, T0 + LEASE] : [T0];
  return {
    name: `three workers, lock${expires ? ' on a lease' : ''}, ballot, block and ${plural(hooks, 'hook')}, ${plural(crashes, 'crash', 'crashes')}`,
    start: initialWorld(log, actors, { mortal: Object.keys(actors), crashes, times }),
    check: (world, quiet) => {
      if (!judged.has(world.log)) judged.set(world.log, judge(world.log));
      return (
        judged.get(world.log) ??
        passed(world) ??
        lostWithoutReason(world) ??
        (quiet ? unarmed(world, GATED) : undefined)
      );
    },
  };
}
