import type { EventOf } from '#protocol/event.ts';
import { ABORT, CONDUCTOR, PROCEED } from '#protocol/ids.ts';
import type { Ballot, Decision, SessionState, Vote } from '#protocol/state.ts';
import { holdStop } from './blocks.ts';
import { hasEnded } from './conditions.ts';
import { ballotEnd } from './expiries.ts';
import { addAbstention, indexBallot, indexOf, takeAbstentions } from './foldIndex.ts';
import { boundedText, countBeyondLimit, COUNTS, mayStep, STEPS_OF_EVALUATION } from './limits.ts';
import { informConductor } from './notes.ts';
import { addFacts, addNotice, assignDefined, dueAfter, type EventPosition } from './state.ts';
import { isOver, withReport } from './time.ts';

const DEFAULT = 'default';

/** The ballot of that name; undefined where there are too many, so that what waits for it goes on waiting. */
function ensureBallot(state: SessionState, name: string, at: EventPosition): Ballot | undefined {
  let ballot = state.ballots.get(name);
  if (ballot === undefined) {
    if (state.ballots.size >= COUNTS.ballots) {
      countBeyondLimit(state, 'ballots');
      return undefined;
    }
    ballot = { name, opened: false, pos: at.pos, rule: 'majority', votes: new Map(), abstained: [] };
    state.ballots.set(name, ballot);
  }
  return ballot;
}

/** Opens a ballot; earlier votes count. A second opening of an undecided ballot is ignored. */
export function onBallot(state: SessionState, event: EventOf<'ballot'>, at: EventPosition): void {
  const tooMany = (event.voters?.length ?? 0) > COUNTS.voters;
  if (tooMany) return countBeyondLimit(state, 'voters');
  const known = state.ballots.get(event.ballot);
  if (known?.opened === true && known.decided === undefined) return;
  // the name of a decided ballot may be used again
  if (known?.decided !== undefined) state.ballots.delete(event.ballot);
  const ballot = ensureBallot(state, event.ballot, at);
  if (ballot === undefined) return;
  ballot.opened = true;
  ballot.rule = event.rule ?? 'majority';
  if (event.voters !== undefined) {
    ballot.voters = [...new Set(event.voters)];
    // a vote before the opening may come from a worker that has none
    for (const name of ballot.votes.keys()) if (!ballot.voters.includes(name)) ballot.votes.delete(name);
  }
  indexBallot(state, ballot);
  const { quorum, options, deadlineMs, by } = event;
  const question = event.question && boundedText(event.question);
  assignDefined(ballot, { by, question, quorum, options, deadlineMs, deadlineTs: dueAfter(at, deadlineMs) });
  for (const voter of ballot.voters ?? []) {
    if (hasEnded(state.workers.get(voter)) && !ballot.votes.has(voter)) addAbstention(state, ballot, voter);
  }
  decideIfSettled(state, ballot, at);
}

/** A vote. A worker may change its own until the decision; votes of non-voters and of ended workers do not count. */
export function onVote(state: SessionState, event: EventOf<'vote'>, at: EventPosition): void {
  const ballot = ensureBallot(state, event.ballot ?? DEFAULT, at);
  if (ballot === undefined || ballot.decided !== undefined) return;
  const isVoter = ballot.voters === undefined || indexOf(state).ballotsOf.get(event.worker)?.has(ballot.name) === true;
  if (ballot.opened && !isVoter) return;
  if (hasEnded(state.workers.get(event.worker))) return;
  if (ballot.votes.size >= COUNTS.voters && !ballot.votes.has(event.worker)) return countBeyondLimit(state, 'votes');
  // a vote left out decides nothing; it is cast again, or the deadline decides
  if (!mayStep(state, at)) return;
  state.steps += ballot.votes.size;
  const { decision } = event;
  const reason = event.reason && boundedText(event.reason);
  ballot.votes.set(event.worker, assignDefined<Vote>({ decision, pos: at.pos }, { reason }));
  decideIfSettled(state, ballot, at);
}

/** A person or a worker decides without a vote. */
export function onDecide(state: SessionState, event: EventOf<'decide'>, at: EventPosition): void {
  const ballot = ensureBallot(state, event.ballot, at);
  if (ballot === undefined) return;
  ballot.opened = true;
  if (ballot.decided === undefined) decide(state, ballot, event.decision, `decided by ${event.by}`, at, event.by);
}

/** A reader saw that the deadline has passed: the ballot is decided as `abort`. */
export function onExpireBallot(state: SessionState, event: EventOf<'expire'>, at: EventPosition): void {
  const ballot = state.ballots.get(event.ref);
  const end = ballot && ballotEnd(ballot);
  if (end === undefined || ballot === undefined || event.seen !== ballot.pos) return;
  if (!isOver(state, end, at.ts, event.host)) {
    const reports = withReport(end, at.ts, event.host);
    if (reports.length > 0) ballot.reports = reports;
    return;
  }
  decide(state, ballot, ABORT, 'its deadline passed', at);
  const cast = ballot.voters === undefined ? ballot.votes.size : `${ballot.votes.size} of ${ballot.voters.length}`;
  // no vote decided this: the person may open the ballot again
  addNotice(state, at, 'warning', `The vote ${ballot.name} was closed at its deadline with ${cast} votes cast: abort`);
}

/** A worker has ended: it abstains from each open ballot without its vote. */
export function abstain(state: SessionState, worker: string, at: EventPosition): void {
  const ballots = indexOf(state).ballotsOf.get(worker);
  if (ballots === undefined || !mayStep(state, at)) return;
  // they are put in order
  state.steps += ballots.size * STEPS_OF_EVALUATION;
  for (const ballot of undecidedBallotsOf(state, worker)) {
    if (ballot.votes.has(worker)) continue;
    state.steps += ballot.abstained.length + ballot.votes.size;
    if (!ballot.abstained.includes(worker)) addAbstention(state, ballot, worker);
    decideIfSettled(state, ballot, at);
  }
}

/** A lost worker is back: undecided ballots wait for its vote again. */
export function withdrawAbstention(state: SessionState, worker: string): void {
  for (const ballot of takeAbstentions(state, worker))
    if (ballot.decided === undefined) ballot.abstained = ballot.abstained.filter((name) => name !== worker);
}

/** The undecided ballots of which a worker is a voter, in the order of the log. */
const undecidedBallotsOf = (state: SessionState, worker: string): Ballot[] =>
  [...(indexOf(state).ballotsOf.get(worker) ?? [])]
    .flatMap((name) => state.ballots.get(name) ?? [])
    .toSorted((a, b) => a.pos - b.pos || (a.name < b.name ? -1 : 1));

/** The number of votes needed: the ballot's quorum, else a majority of the voters. Undefined if it is only tallied. */
export function quorumOf(ballot: Ballot): number | undefined {
  return ballot.quorum ?? (ballot.voters === undefined ? undefined : Math.floor(ballot.voters.length / 2) + 1);
}

/** Number of votes by decision, most first. */
function countVotes(ballot: Ballot): [decision: string, votes: number][] {
  const counts = new Map<string, number>();
  for (const vote of ballot.votes.values()) counts.set(vote.decision, (counts.get(vote.decision) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1]);
}

/** Decides at the first position with a quorum at which the outstanding votes cannot change the result. */
function decideIfSettled(state: SessionState, ballot: Ballot, at: EventPosition): void {
  const quorum = quorumOf(ballot);
  if (!ballot.opened || ballot.decided !== undefined || quorum === undefined) return;
  const cast = ballot.votes.size;
  // without a list of voters the vote ends with the quorum; with one, only voters have voted, and only others abstained
  const outstanding = ballot.voters === undefined ? 0 : ballot.voters.length - cast - ballot.abstained.length;
  // without any vote there is no decision, whatever the quorum
  if (ballot.voters !== undefined && cast + outstanding < Math.max(1, quorum))
    return decide(state, ballot, ABORT, `the quorum of ${quorum} is out of reach`, at);
  if (cast < quorum || cast === 0) return;
  const counts = countVotes(ballot);
  const [leader, leaderVotes] = counts[0] ?? [ABORT, 0];
  const runnerUpVotes = counts[1]?.[1] ?? 0;
  const score = (): string => counts.map(([d, n]) => `${n} ${d}`).join(', ');
  if (ballot.rule === 'majority') {
    if (leaderVotes > runnerUpVotes + outstanding) decide(state, ballot, leader, `${score()}; quorum ${quorum}`, at);
    else if (outstanding === 0) decide(state, ballot, ABORT, `a tie: ${score()}`, at);
    return;
  }
  const share = ballot.rule === 'unanimous' ? 1 : ballot.rule;
  const proceed = [...ballot.votes.values()].filter((v) => v.decision === PROCEED).length;
  const needed = ballot.rule === 'unanimous' ? 'all' : `${Math.round(share * 100)} %`;
  if (proceed >= share * (cast + outstanding) && proceed > 0)
    decide(state, ballot, PROCEED, `${score()}; ${needed} needed`, at);
  else if (outstanding === 0 || proceed + outstanding < share * (cast + outstanding))
    decide(state, ballot, ABORT, `${score()}; ${needed} needed`, at);
}

function decide(
  state: SessionState,
  ballot: Ballot,
  decision: string,
  why: string,
  at: EventPosition,
  by?: string,
): void {
  ballot.decided = assignDefined<Decision>({ decision, why, pos: at.pos, ts: at.ts }, { by });
  indexBallot(state, ballot);
  addFacts(at, `decided:${ballot.name}`, `${decision === PROCEED ? '' : 'not '}agreed:${ballot.name}`);
  if (decision !== ABORT) addFacts(at, `passed:${ballot.name}`);
  const name = ballot.name === DEFAULT ? '' : ` on ${ballot.name}`;
  const text = `Consensus${name}: ${decision} (${why})`;
  const decider = by ?? [...ballot.votes.keys()].at(-1);
  if (decision !== ABORT) return informConductor(state, decider ?? CONDUCTOR, text, at);
  holdStop(state, decider ?? ballot.voters?.[0] ?? CONDUCTOR, text, { kind: 'ballot', ballot: ballot.name }, at);
}
