import type { PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import {
  awaitedNames,
  evaluateOne,
  hasEnded,
  hasFailed,
  isUnfollowed,
  missingAt,
  parseCondition,
  type Waits,
} from './conditions.ts';
import { COUNTS } from './limits.ts';
import { withTask } from './state.ts';

/** Why a condition can no longer be met, since when (epoch ms, if known), and what would make it possible again. */
export interface StuckReason {
  why: string;
  ts?: number;
  remedy?: string;
}

/** What keeps a condition from ever being met; undefined while it can be. */
export function whyImpossible(state: SessionState, condition: PendingCondition, waits: Waits): StuckReason | undefined {
  const isPossible = condition.met || evaluateOne(state, condition, waits) !== 'impossible';
  return isPossible ? undefined : reasonImpossible(state, condition);
}

/** The same for a condition that is known to be impossible. */
export function reasonImpossible(state: SessionState, condition: PendingCondition): StuckReason | undefined {
  const { kind, name } = parseCondition(condition.text);
  switch (kind) {
    case 'done':
      return unfollowed();
    case 'ok': {
      if (isUnfollowed(condition)) return unfollowed();
      const worker = awaitedNames(condition)
        .map((awaited) => state.workers.get(awaited))
        .find(hasFailed);
      return worker && unsuccessful(worker);
    }
    case 'checkpoint': {
      const worker = missingAt(state, name)
        .map((n) => state.workers.get(n))
        .find(hasEnded);
      if (worker === undefined) return undefined;
      const why = `${withTask(worker.id, worker.task)} ended without reaching ${name}`;
      return reason(why, worker.endedTs, `${worker.id} is started again and reaches it`);
    }
    case 'decided':
    case 'agreed': {
      const decided = state.ballots.get(name)?.decided;
      if (decided === undefined) return undefined;
      const why = `the vote on ${name} decided ${decided.decision} (${decided.why})`;
      return reason(why, decided.ts, `a new ballot ${name} is opened and decides otherwise`);
    }
    case 'clear':
      return { why: `there never was a block ${name}` };
    default:
      return { why: `"${condition.text}" is no condition` };
  }
}

const unfollowed = (): StuckReason => ({ why: `it waits for more than is followed (${COUNTS.awaited} in all)` });

const reason = (why: string, ts: number | undefined, remedy: string): StuckReason =>
  ts === undefined ? { why, remedy } : { why, ts, remedy };

/** How a worker ended that did not end well: "W1 (Run the tests) failed: killed by SIGKILL". */
export function unsuccessful(worker: Worker): StuckReason {
  const { id, task, state, problem, endedTs } = worker;
  const ended = state === 'failed' ? 'failed' : `was ${state}`;
  // the problem of an aborted worker is "aborted by …" already
  const detail = problem?.startsWith(`${state} `) ? problem.slice(state.length) : problem && `: ${problem}`;
  const why = `${withTask(id, task)} ${ended}${detail ?? ''}`;
  return reason(why, endedTs, `${id} is started again and ends well`);
}
