import { lostBetween, type Generations, type Invariant, type Observations, type Printed } from './observations.ts';

/** What was accepted is printed to the one it is for, unless the log was lost since. */
export const informationArrives: Invariant = (logs, seen) =>
  seen.information
    .filter(({ accepted, asked }) => accepted !== undefined && !lostBetween(seen, asked, Infinity))
    .filter(({ word, to }) => !seen.printed.some((each) => each.word === word && each.to === to))
    .map(({ word, to }) => `${word} never reached ${to} (${storyOf(logs, word)})`);

/** What the logs have of an information, in their order: what a violation is found by. */
function storyOf(logs: Generations, word: string): string {
  const lines = logs.flatMap((log) => log.flatMap((line) => ('value' in line ? [line] : [])));
  const own = new Set(lines.filter(({ value }) => JSON.stringify(value).includes(word)).map(({ pos }) => pos));
  return lines
    .filter(({ pos, value }) => own.has(pos) || own.has(Number((value as { ref?: unknown }).ref)))
    .map(({ pos, value }) => {
      const { t, ts, ref, hook } = value as Record<string, unknown>;
      return JSON.stringify([pos, t, ts, ref, hook]);
    })
    .join(', ');
}

/** What is printed is printed to the one it is for. */
export const informationReachesNobodyElse: Invariant = (_logs, seen) =>
  seen.printed
    .filter(({ word, to }) => seen.information.some((each) => each.word === word && each.to !== to))
    .map(({ word, to }) => `${word} was printed to ${to}`);

/**
 * It is printed once more only where a run ended between its print and the confirmation, or could not confirm it: killed,
 * on a full disk, or with the log taken away. To a clock that is a minute ahead a claim is over.
 */
export const informationIsPrintedOnce: Invariant = (_logs, seen) => {
  if (seen.excuses.clockMoved) return [];
  return [...new Set(seen.printed.map(({ word }) => word))].flatMap((word) => {
    const prints = seen.printed.filter((print) => print.word === word);
    const sure = prints.filter((print) => !mayBeUnconfirmed(print, seen));
    const by = prints.map(({ run }) => run).join(', ');
    return sure.length > 1 ? [`${word} was printed ${prints.length} times, by ${by}`] : [];
  });
};

const mayBeUnconfirmed = (print: Printed, seen: Observations): boolean =>
  print.killed ||
  [...seen.losses, ...seen.unwritable].some(({ began, ended }) => began <= print.ended && ended >= print.began);
