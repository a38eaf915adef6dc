import type { EventOf } from '#protocol/event.ts';
import type { MergeSide } from '#protocol/parts.ts';
import type { MergePair, SessionState } from '#protocol/state.ts';
import { truncate } from '#core/base/text.ts';
import { countBeyondLimit, COUNTS } from './limits.ts';
import { mergeKey } from './mergePairs.ts';
import { addFacts, assignDefined, type EventPosition } from './state.ts';

/** What a state keeps of a pair. */
const MAX_FILES = 50;
const MAX_NAMES = 50;
const MAX_AGENTS = 50;
const MAX_PATH_CHARS = 4096;
const MAX_NAME_CHARS = 300;

/** Whether two branches would merge, in the place of what was known of the two. */
export function onMergeable(state: SessionState, event: EventOf<'mergeable'>, at: EventPosition): void {
  const key = mergeKey(event);
  // any pair may be what a condition waits for: one fact for all
  addFacts(at, 'mergeable');
  if (event.answer === 'over') return void state.merges.delete(key);
  if (!state.merges.has(key) && state.merges.size >= COUNTS.merges) return countBeyondLimit(state, 'merges');
  const { answer, why } = event;
  const files = event.files?.slice(0, MAX_FILES).map((path) => truncate(path, MAX_PATH_CHARS));
  const more = (event.more ?? 0) + (event.files?.length ?? 0) - (files?.length ?? 0);
  const pair: MergePair = { pos: at.pos, ts: at.ts, a: boundedSide(event.a), b: boundedSide(event.b), answer };
  const cut = why === undefined ? undefined : truncate(why, MAX_NAME_CHARS);
  state.merges.set(key, assignDefined(pair, { files, more: more || undefined, why: cut }));
}

function boundedSide({ root, ref, branch, commit, names, agents }: MergeSide): MergeSide {
  const short = (text: string): string => truncate(text, MAX_NAME_CHARS);
  const side: MergeSide = { root: truncate(root, MAX_PATH_CHARS), names: names.slice(0, MAX_NAMES).map(short) };
  return assignDefined(side, {
    ref: ref && short(ref),
    branch: branch && short(branch),
    commit: commit && short(commit),
    agents: agents
      ?.slice(0, MAX_AGENTS)
      .map(({ worker, session, name }) =>
        assignDefined<NonNullable<MergeSide['agents']>[number]>({ worker, name: short(name) }, { session }),
      ),
  });
}
