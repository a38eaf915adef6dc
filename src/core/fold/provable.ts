/** Conditions `proven:` and what they cover, and whether they hold in a state. */
import { globsOverlap, hasWildcard } from '#core/base/globPath.ts';
import type { Block, PendingCondition, SessionState } from '#protocol/state.ts';
import { COUNTS } from './limits.ts';
import { isMergeCondition } from './mergeCondition.ts';
import { mergeReceipt } from './mergePairs.ts';

/** A condition `proven:` in its parts: the command, and the globs of what it covers (with `!`: of what it does not). */
export interface ProofCondition {
  command: string;
  covers: string[];
}

const FORM = /^proven(?:\(([^)]*(?:\)(?!:)[^)]*)*)\))?:(.+)$/s;

/** Undefined for any other text. */
export function provableOf(text: string): ProofCondition | undefined {
  const [, covers = '', command = ''] = (text.startsWith('proven') && FORM.exec(text)) || [];
  if (command === '') return undefined;
  return { command: command.trim(), covers: covers.split(',').flatMap((glob) => glob.trim() || []) };
}

export const isProvable = ({ text }: Pick<PendingCondition, 'text'>): boolean => provableOf(text) !== undefined;

/** Whether what meets a condition can be taken back, so that a block which waits for it opens and closes. */
export const isRevocable = (condition: Pick<PendingCondition, 'text'>): boolean =>
  isProvable(condition) || isMergeCondition(condition);

/** The conditions of that kind for which a block, a watch or a planned worker waits now: hooks look out for their commands. */
export function awaitedProofs({ blocks, watches, workers }: SessionState): Set<string> {
  const awaited = new Set<string>();
  const add = (text: string): void => {
    if (awaited.size < COUNTS.proofs && provableOf(text) !== undefined) awaited.add(text);
  };
  for (const { ended, until } of blocks.values()) if (ended === undefined) for (const { text } of until) add(text);
  for (const { until } of watches.values()) for (const { text } of until) add(text);
  for (const { state, after } of workers.values()) if (state === 'planned') for (const text of after) add(text);
  return awaited;
}

/** Whether a condition is proven at present. */
export const isProven = ({ proofs }: SessionState, text: string): boolean => proofs.get(text)?.held === true;

/** The position of the newest line that an open block rests on: all that it waits for is met. */
export function receiptOf(state: SessionState, { until }: Block): number {
  const receipts = until
    .filter(isRevocable)
    .map(({ text }) => (isMergeCondition({ text }) ? mergeReceipt(state, text) : state.proofs.get(text)?.run?.pos));
  return Math.max(...receipts.map((pos = 0) => pos));
}

/** Whether a path of an edit is among what a condition covers; a path that is not known is. Both are under their one name. */
export function covers({ covers: globs }: ProofCondition, path: string | undefined): boolean {
  if (path === undefined) return true;
  const fits = (glob: string): boolean =>
    hasWildcard(glob) ? globsOverlap(glob, path) : glob === path || glob === '.' || path.startsWith(`${glob}/`);
  const [out, within] = [globs.filter((glob) => glob.startsWith('!')), globs.filter((glob) => !glob.startsWith('!'))];
  // without a glob, all files of the project
  const isAny = within.length === 0 && !/^(\/|[A-Za-z]:)/.test(path);
  return (isAny || within.some(fits)) && !out.some((glob) => fits(glob.slice(1)));
}
