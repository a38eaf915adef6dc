import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { lostBetween, type Generations, type Invariant, type SeenBlock, type SeenCall } from './observations.ts';

const isDuring = ({ inForce, ending }: SeenBlock, { began, ended }: SeenCall): boolean =>
  inForce !== undefined && began > inForce && ended < (ending ?? Infinity);

/** No call passed a block that was in force all the time. A log that is lost takes its blocks along. */
export const noCallPassesABlock: Invariant = (_logs, seen) =>
  seen.calls
    .filter(({ outcome }) => outcome === 'passed')
    .flatMap((call) =>
      seen.blocks
        .filter((block) => block.path === call.path && isDuring(block, call))
        .filter((block) => !lostBetween(seen, block.asked, call.ended))
        .map(({ word }) => `a call of ${call.path} passed the block ${word}`),
    );

/** A refusal names only blocks that somebody has asked for, and of that very path. */
export const noBlockWithoutCause: Invariant = (_logs, seen) =>
  refusals(seen.calls).flatMap(({ call, word }) => {
    const block = seen.blocks.find((each) => each.word === word);
    if (block === undefined || block.asked > call.ended)
      return [`${call.path} was refused by ${word}, for which nobody asked`];
    return block.path === call.path ? [] : [`${call.path} was refused by ${word}, which is for ${block.path}`];
  });

/** A call that began after a block was over is not refused by it. A person's flag that was removed has never been raised. */
export const noBlockBeyondItsEnd: Invariant = (logs, seen) =>
  refusals(seen.calls).flatMap(({ call, word }) => {
    const block = seen.blocks.find((each) => each.word === word);
    if (block?.over === undefined || call.began <= block.over) return [];
    const hasLostFlag = seen.losses.some((loss) => loss.ended >= (block.ending ?? 0) && loss.began <= call.ended);
    const story = (): string => `${storyOf(logs, word)}; over ${block.over}, called ${call.began} to ${call.ended}`;
    return hasLostFlag ? [] : [`${call.path} was refused by ${word}, which was over (${story()})`];
  });

/** What the last log has of a block, in its order: what a violation is found by. */
function storyOf(logs: Generations, word: string): string {
  const values = (logs.at(-1) ?? []).flatMap((line) =>
    'value' in line ? [line.value as Record<string, unknown>] : [],
  );
  const state = emptyState();
  for (const line of logs.at(-1) ?? []) reduce(state, line);
  const id = [...state.blocks.values()].find(({ text }) => text.includes(word))?.id;
  const isAbout = (value: Record<string, unknown>): boolean =>
    JSON.stringify(value).includes(word) || value['block'] === id || value['block'] === 'all';
  return values
    .filter(isAbout)
    .map(({ t, ts, worker, by, block, call }) => [t, ts, worker ?? by, block, call].filter(Boolean).join(' '))
    .slice(-12)
    .join(', ');
}

/** Each word of a block in the reasons of each refusal. */
const refusals = (calls: readonly SeenCall[]): { call: SeenCall; word: string }[] =>
  calls
    .filter(({ outcome }) => outcome === 'denied')
    .flatMap((call) => [...new Set(call.text.match(/\bnot-[a-z0-9]+-\d+/g))].map((word) => ({ call, word })));

/** In the log, too, only a block that was there refuses or holds. What a hook has read of a log that was lost since it writes into the next one. */
export const noRefusalWithoutABlock: Invariant = (logs) =>
  logs.slice(0, 1).flatMap((lines) => {
    const state = emptyState();
    return lines.flatMap((line) => {
      const { t, block = '' } = ('value' in line ? line.value : {}) as { t?: string; block?: string };
      const isUnknown = (t === 'denied' || t === 'held') && !state.blocks.has(block);
      reduce(state, line);
      return isUnknown ? [`at ${line.pos} the block ${block} refuses, and there is none`] : [];
    });
  });
