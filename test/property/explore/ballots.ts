import { dueExpiries } from '#core/fold/expiries.ts';
import { T0 } from '#test/unit/core/fold/world.ts';
import { plural, initialWorld, type Exploration } from './explore.ts';
import { Log, type Reading } from './log.ts';
import { append, clock, isGone, read, until, type Program } from './program.ts';

const VOTERS = ['W1', 'W2', 'W3'];
const QUORUM = 2;
const DEADLINE = 1000;

const votes = (worker: string, ...decisions: string[]): Program =>
  function* () {
    for (const decision of decisions) yield* append({ t: 'vote', worker, ballot: 'ship', decision });
  };

/** A worker that was suspended when it was reported as lost, and gives a sign of life before it votes. */
const sleeper: Program = function* () {
  yield* until((log) => log.state.workers.get('W3')?.state === 'lost');
  yield* append({ t: 'progress', worker: 'W3', pct: 50 });
  yield* votes('W3', 'abort')();
};

const opener: Program = function* () {
  yield* append({ t: 'ballot', ballot: 'ship', voters: VOTERS, quorum: QUORUM, deadlineMs: DEADLINE });
};

/** Reports each voter whose process is gone; if `mistaken`, W3 as well. */
const watcher = (mistaken: boolean): Program =>
  function* () {
    for (const worker of VOTERS)
      if ((yield* isGone(worker)) || (mistaken && worker === 'W3')) yield* append({ t: 'exit', worker, lost: true });
  };

/** Reports that the deadline has passed, if it has. */
const timekeeper: Program = function* () {
  yield* until((log) => log.state.ballots.get('ship')?.opened === true);
  const { state } = yield* read();
  const now = yield* clock();
  for (const event of dueExpiries(state, now)) yield* append({ ...event, ts: now });
};

/** The expected decision of a ballot after these lines, by a second and simpler implementation. */
function expected(log: Log): string | undefined {
  const votes = new Map<string, string>();
  const ended = new Set<string>();
  let deadline: number | undefined;
  for (const event of log.events()) {
    const voter = String(event['worker']);
    if (event.t === 'vote') {
      if (VOTERS.includes(voter)) votes.set(voter, String(event['decision']));
    }
    // a lost worker abstains until it gives a sign of life
    if (event.t === 'exit') ended.add(voter);
    else ended.delete(voter);
    if (event.t === 'ballot') deadline = (event.ts as number) + DEADLINE;
    if (deadline === undefined) continue;
    const open = VOTERS.filter((v) => !votes.has(v) && !ended.has(v)).length;
    const count = (decision: string): number => [...votes.values()].filter((d) => d === decision).length;
    const [yes, no] = [count('proceed'), count('abort')];
    if (votes.size + open < QUORUM) return 'abort';
    if (votes.size >= QUORUM) {
      if (yes > no + open) return 'proceed';
      if (no > yes + open || open === 0) return 'abort';
    }
    if (event.t === 'expire' && (event.ts as number) >= deadline) return 'abort';
  }
  return undefined;
}

function wrong(log: Log): string | undefined {
  const before = log.parent?.state.ballots.get('ship')?.decided;
  const ballot = log.state.ballots.get('ship');
  const decided = ballot?.decided;
  if (before !== undefined && JSON.stringify(decided) !== JSON.stringify(before)) return 'it was decided twice';
  const expectedDecision = expected(log);
  if (decided?.decision !== expectedDecision)
    return `${decided?.decision ?? 'nothing'} was decided (${decided?.why ?? 'still open'}), and it must be ${expectedDecision ?? 'open'}`;
  const ballotBlocks = [...log.state.blocks.values()].filter((b) => b.cause.kind === 'ballot').length;
  if (ballotBlocks !== (decided?.decision === 'abort' ? 1 : 0))
    return `${ballotBlocks} blocks at Stop for ${expectedDecision ?? 'nothing'}`;
  return undefined;
}

export interface BallotWorld {
  /** Whether a worker votes that is not a voter. */
  stranger?: boolean;
  /** Whether a voter changes its vote. */
  changes?: boolean;
  /** Whether one voter is reported as lost although it lives. */
  mistaken?: boolean;
  crashes?: number;
  reading?: Reading;
}

/** A fold without the list of voters: it counts every vote, and decides at the quorum. */
export const withoutVoters: Reading = (event) => {
  const { voters: _, ...others } = event;
  return event.t === 'ballot' ? others : event;
};

/** One ballot of three, opened at any moment among the votes. */
export function ballotWorld({
  stranger = true,
  changes = true,
  mistaken = false,
  crashes = 1,
  reading,
}: BallotWorld): Exploration {
  const actors: Record<string, Program> = {
    opener,
    W1: votes('W1', 'proceed', ...(changes ? ['abort'] : [])),
    W2: votes('W2', mistaken ? 'abort' : 'proceed'),
    W3: mistaken ? sleeper : votes('W3', 'abort'),
    ...(stranger ? { W9: votes('W9', 'abort') } : {}),
    watcher: watcher(mistaken),
    timekeeper,
  };
  const judged = new Map<Log, string | undefined>();
  return {
    name: `one ballot, three voters${stranger ? ' and a non-voter' : ''}, ${plural(crashes, 'crash', 'crashes')}`,
    start: initialWorld(Log.empty(reading), actors, { mortal: VOTERS, crashes, times: [T0, T0 + DEADLINE] }),
    check: ({ log, actors: all }, quiet) => {
      if (!judged.has(log)) judged.set(log, wrong(log));
      const complete = all.every((a) => !a.crashed);
      const undecided = log.state.ballots.get('ship')?.decided === undefined;
      return judged.get(log) ?? (quiet && complete && undecided ? 'all have voted and nothing is decided' : undefined);
    },
  };
}
