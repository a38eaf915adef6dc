import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import type { Line } from '#core/log/lineReader.ts';
import { lostBetween, type Invariant } from './observations.ts';

interface Count {
  /** Where it was opened. */
  pos: number;
  voters?: string[];
  quorum?: number;
  votes: Map<string, string>;
}

/** The votes of each ballot that was opened, counted from the lines alone, up to a position. */
function countVotes(lines: readonly Line[], ballot: string, upTo: number): Count | undefined {
  let count: Count | undefined;
  for (const line of lines) {
    if (line.pos > upTo || !('value' in line)) continue;
    const event = line.value as {
      t?: string;
      ballot?: string;
      worker?: string;
      decision?: string;
      voters?: string[];
      quorum?: number;
    };
    if (event.ballot !== ballot) continue;
    if (event.t === 'ballot')
      count ??= {
        pos: line.pos,
        votes: new Map(),
        ...(event.voters && { voters: event.voters }),
        ...(event.quorum !== undefined && { quorum: event.quorum }),
      };
    if (event.t === 'vote' && count !== undefined) count.votes.set(event.worker ?? '', event.decision ?? '');
  }
  return count;
}

/** No ballot of the simple kind (majority, listed voters) is decided to go on without its quorum and its majority. */
export const noBallotAgainstItsQuorum: Invariant = (logs) =>
  logs.flatMap((lines) => {
    const state = lines.reduce(reduce, emptyState());
    return [...state.ballots.values()].flatMap(({ name, decided, rule }) => {
      const count = decided && countVotes(lines, name, decided.pos);
      if (decided === undefined || count === undefined || rule !== 'majority' || decided.by !== undefined) return [];
      if (decided.decision === 'abort') return [];
      const votes = [...count.votes].filter(([voter]) => count.voters?.includes(voter) !== false);
      const quorum = count.quorum ?? Math.floor((count.voters?.length ?? 0) / 2) + 1;
      const agreed = votes.filter(([, decision]) => decision === decided.decision).length;
      const about = `${name} decided ${decided.decision} by ${agreed} of ${votes.length} votes, quorum ${quorum}`;
      return votes.length < quorum || agreed * 2 <= votes.length ? [about] : [];
    });
  });

/** What a program was told of a ballot is what the log has decided. */
export const noDecisionWithoutTheLog: Invariant = (logs, seen) =>
  seen.tallies
    .filter(({ at }) => !lostBetween(seen, 0, at))
    .flatMap(({ ballot, decision }) => {
      const decided = (logs.at(-1) ?? []).reduce(reduce, emptyState()).ballots.get(ballot)?.decided?.decision;
      return decided === decision ? [] : [`${ballot} was told as ${decision}, and is ${decided ?? 'open'} in the log`];
    });
