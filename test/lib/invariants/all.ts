import { noBallotAgainstItsQuorum, noDecisionWithoutTheLog } from './ballots.ts';
import { noBlockBeyondItsEnd, noBlockWithoutCause, noCallPassesABlock, noRefusalWithoutABlock } from './blocks.ts';
import { informationArrives, informationIsPrintedOnce, informationReachesNobodyElse } from './information.ts';
import { noGrantWithoutTheLog, noTwoHoldersAtTheResource, oneHolderByTheLog } from './locks.ts';
import type { Generations, Invariant, Observations } from './observations.ts';
import { everyWorkerIsAccountedFor, noProcessIsLeft, noWorkerBeginsTwice } from './workers.ts';

const nothingChangedOutside: Invariant = (_logs, { changedOutside }) => changedOutside;
const cachesAreTheFold: Invariant = (_logs, { staleCaches }) => staleCaches;
const programsBehave: Invariant = (_logs, { misbehaved }) => misbehaved;

/** No line is damaged but those that were torn on purpose, by a kill, or by a disk that had no room for it. */
const noLineIsTorn: Invariant = (logs, { excuses, unwritable }) => {
  const damaged = logs.flat().filter((line) => 'damage' in line);
  if (unwritable.length > 0 || damaged.length <= excuses.tornLines + excuses.killed) return [];
  return [`${damaged.length} lines are damaged, and ${excuses.tornLines} were torn on purpose`];
};

/** What holds in a whole orchestra, whatever is killed, lost or set back meanwhile. */
const INVARIANTS: Readonly<Record<string, Invariant>> = {
  noCallPassesABlock,
  noBlockWithoutCause,
  noBlockBeyondItsEnd,
  noRefusalWithoutABlock,
  informationArrives,
  informationReachesNobodyElse,
  informationIsPrintedOnce,
  noWorkerBeginsTwice,
  everyWorkerIsAccountedFor,
  oneHolderByTheLog,
  noGrantWithoutTheLog,
  noTwoHoldersAtTheResource,
  noBallotAgainstItsQuorum,
  noDecisionWithoutTheLog,
  nothingChangedOutside,
  noProcessIsLeft,
  cachesAreTheFold,
  programsBehave,
  noLineIsTorn,
};

/** All violations, each with the name of its invariant. */
export const violations = (logs: Generations, seen: Observations): string[] =>
  Object.entries(INVARIANTS).flatMap(([name, invariant]) => invariant(logs, seen).map((text) => `${name}: ${text}`));
