import { mergeKey } from '#core/fold/mergePairs.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { MergeSide } from '#protocol/parts.ts';
import type { MergePair } from '#protocol/state.ts';
import type { Head } from '#core/base/gitWorktrees.ts';
import type { Outlook } from './mergeForesight.ts';
import type { MergePlace, PlacePair } from './mergePairs.ts';

/** A pair, and what is known of it; without an outlook it is not looked at yet. */
export interface PairOutlook extends PlacePair {
  outlook: Outlook | undefined;
}

/** A line of a log is bounded, and a person reads the first names. */
const MAX_FILES = 20;
const MAX_FILE_CHARS = 1000;
const MAX_AGENTS = 20;

type Pair = Omit<MergePair, 'pos' | 'ts'>;

/**
 * The events that bring the log of a session to what is so now. What is being looked at anew stays as it is known until then. Pure.
 */
export function mergeEvents(
  pairs: readonly PairOutlook[],
  session: string,
  known: ReadonlyMap<string, MergePair>,
): NewEvent[] {
  const due = new Map<string, Pair | undefined>();
  for (const each of pairs) {
    const { outlook } = each;
    const [a, b] = [sideOf(each.a, outlook?.a, session), sideOf(each.b, outlook?.b, session)];
    due.set(mergeKey({ a, b }), outlook && { a, b, ...answerOf(outlook) });
  }
  const gone = [...known].filter(([key]) => !due.has(key)).map(([, pair]) => pair);
  const changed = [...due].flatMap(([key, pair]) => (pair === undefined || isSame(known.get(key), pair) ? [] : [pair]));
  return [
    ...gone.map(({ a, b }): NewEvent => ({ t: 'mergeable', a: bare(a), b: bare(b), answer: 'over' })),
    ...changed.map((pair): NewEvent => ({ t: 'mergeable', ...pair })),
  ];
}

function sideOf({ checkout, ref, names, agents }: MergePlace, head: Head | undefined, session: string): MergeSide {
  const here = agents.slice(0, MAX_AGENTS).map(({ session: of, agent, name }) => {
    return { worker: agent, ...(of !== session && { session: of }), name };
  });
  const side = { root: checkout.root, ...(ref !== undefined && { ref }), ...head, names: [...names] };
  return here.length === 0 ? side : { ...side, agents: here };
}

const bare = ({ root, ref }: MergeSide): MergeSide => ({ root, ...(ref !== undefined && { ref }), names: [] });

function answerOf(outlook: Outlook): Pick<Pair, 'answer' | 'files' | 'more' | 'why'> {
  if (outlook.answer === 'unknown') return { answer: 'unknown', why: outlook.why };
  if (outlook.answer === 'clean') return { answer: 'clean' };
  const files = outlook.files.slice(0, MAX_FILES).map((path) => path.slice(0, MAX_FILE_CHARS));
  const more = outlook.files.length - files.length;
  return { answer: 'conflict', files, ...(more > 0 && { more }) };
}

/** Whether a log has it already: each text of it, whatever the order of its fields. */
function isSame(known: MergePair | undefined, due: Pair): boolean {
  if (known === undefined) return false;
  const { pos: _pos, ts: _ts, ...pair } = known;
  return sorted(pair) === sorted(due);
}

const sorted = (value: unknown): string =>
  JSON.stringify(value, (_key, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
