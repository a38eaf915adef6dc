import { visibleLine } from '#protocol/hiddenText.ts';
import type { MergeSide } from '#protocol/parts.ts';
import type { MergePair, SessionState } from '#protocol/state.ts';
import type { MergeView } from '#protocol/viewModel.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { awaitedMerges, mergeKey, mergeName, mergeReadings, mergesOf } from '#core/fold/mergePairs.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { listText } from './blockText.ts';
import { shortName } from './names.ts';
import type { Wording } from './wording.ts';

/** The branches that would conflict while agents work on both, those of which git was not looked at, and those that are waited for. */
export function mergeViews(state: SessionState, live: boolean, { texts }: Wording): MergeView[] {
  const awaited = new Map(
    [...awaitedMerges(state)].flatMap((of) => mergesOf(state, of).map((pair) => [mergeKey(pair), pair])),
  );
  const working = live ? [...state.merges.values()].filter((pair) => isWorkedOn(state, pair)) : [];
  const conflicts = working.filter((pair) => pair.answer === 'conflict' && !awaited.has(mergeKey(pair)));
  const unseen = working.filter((pair) => pair.answer === 'unknown' && !awaited.has(mergeKey(pair)));
  return [
    ...conflicts.map((pair) => mergeView(pair, texts)),
    ...[...awaited.values()].map((pair) => mergeView(pair, texts)),
    ...[...awaitedMerges(state)].filter((of) => mergesOf(state, of).length === 0).map((of) => unknownView(of, texts)),
    ...unseenViews(unseen, texts),
  ];
}

/** What the merge of an agent's branch would conflict with: of a worker, or of Claude itself; undefined where nothing is known to. */
export function conflictOf(state: SessionState, agent: string, { texts }: Pick<Wording, 'texts'>): string | undefined {
  const found = [...state.merges.values()].flatMap((pair) => {
    if (pair.answer !== 'conflict' || !isWorkedOn(state, pair)) return [];
    const isIn = ({ agents = [] }: MergeSide): boolean =>
      agents.some(({ worker, session }) => worker === agent && session === undefined);
    return isIn(pair.a) ? [{ pair, other: pair.b }] : isIn(pair.b) ? [{ pair, other: pair.a }] : [];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const { merge } = texts;
  const name = sideName(first.other);
  if (found.length > 1) return merge.withSeveral(name, found.length - 1);
  const files = filesText(first.pair, texts);
  return files === '' ? merge.with(name) : merge.withIn(name, files);
}

/** Whether an agent is at work on both, as far as this log has it. */
function isWorkedOn({ workers, conductor }: SessionState, { a, b }: MergePair): boolean {
  const isWorking = ({ agents = [] }: MergeSide): boolean =>
    agents.some(({ worker, session }) =>
      session !== undefined
        ? true
        : worker === CONDUCTOR
          ? conductor.state !== 'ended'
          : !hasEnded(workers.get(worker)),
    );
  return isWorking(a) && isWorking(b);
}

/** A branch, or the commit of a detached head, as a person calls it. */
export const sideName = ({ branch, ref = '', commit, names }: MergeSide): string =>
  shortName(branch ?? (ref.replace('refs/heads/', '') || commit?.slice(0, 7) || names[0] || '?'));

const MAX_NAMED = 1;

function filesText({ files = [], more = 0 }: MergePair, texts: ViewTexts): string {
  const named = files.slice(0, MAX_NAMED).map(visibleLine).join(', ');
  const others = files.length - Math.min(files.length, MAX_NAMED) + more;
  return others === 0 ? named : texts.merge.more(named, others);
}

/** What is known of a pair, as a sentence. */
function mergeText(pair: MergePair, texts: ViewTexts): string {
  const { merge } = texts;
  const [first, second] = [sideName(pair.a), sideName(pair.b)];
  if (pair.answer === 'clean') return merge.clean(first, second);
  if (pair.answer === 'unknown') return merge.unseen(first, second, whyText(pair.why, texts));
  const files = filesText(pair, texts);
  return files === '' ? merge.conflict(first, second) : merge.conflictIn(first, second, files);
}

/** The reasons that are Fermata's own words; git's are shown as they are. */
function whyText(why = '', { merge: { why: texts } }: ViewTexts): string {
  const known: Record<string, string> = {
    'git 2.38 or newer is needed': texts.old,
    'there is no git on PATH': texts.none,
    'there is no commit yet': texts.empty,
    'it took too long': texts.slow,
    'its configuration names a merge driver': texts.driver,
    'the setting fermata.git is off': texts.off,
  };
  return Object.hasOwn(known, why) ? (known[why] ?? '') : visibleLine(why);
}

function mergeView(pair: MergePair, texts: ViewTexts): MergeView {
  const { pos, ts, answer, files = [], more, a, b } = pair;
  return {
    id: mergeKey(pair),
    name: texts.and(sideName(a), sideName(b)),
    state: answer,
    text: mergeText(pair, texts),
    pos,
    ts,
    files: files.map(visibleLine),
    ...(more !== undefined && { more }),
  };
}

/** A condition of which nothing is known yet. */
function unknownView(of: string, texts: ViewTexts): MergeView {
  const name = mergeReadings(of)[0]?.map(shortName) ?? [shortName(mergeName(of))];
  return { id: of, name: listText(name, texts), state: 'unknown', text: texts.merge.unlooked, files: [] };
}

/** Those of which git was not looked at for one reason are one row: it is the same for all of them. */
function unseenViews(pairs: readonly MergePair[], texts: ViewTexts): MergeView[] {
  const reasons = new Map<string, MergePair[]>();
  for (const pair of pairs) reasons.set(pair.why ?? '', [...(reasons.get(pair.why ?? '') ?? []), pair]);
  return [...reasons].map(([why, all]) => ({
    id: `unseen ${why}`,
    name: listText([...new Set(all.flatMap(({ a, b }) => [sideName(a), sideName(b)]))], texts),
    state: 'unknown',
    text: texts.merge.not(whyText(why, texts)),
    files: [],
  }));
}
