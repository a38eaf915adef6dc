import { emptyState } from '#core/fold/state.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { reduce } from '#core/fold/reduce.ts';
import type { SessionState } from '#protocol/state.ts';
import { hasLostLog, type Generations, type Invariant } from './observations.ts';

const lastState = (logs: Generations): SessionState => (logs.at(-1) ?? []).reduce(reduce, emptyState());

/** A worker begins once, whatever was killed or lost. */
export const noWorkerBeginsTwice: Invariant = (_logs, { workers }) =>
  workers.filter(({ began }) => began > 1).map(({ worker, began }) => `${worker} began ${began} times`);

/** Every planned worker ends in the log, once, and as it ended in truth. A log that was lost knows no plan any more. */
export const everyWorkerIsAccountedFor: Invariant = (logs, seen) => {
  if (hasLostLog(seen)) return [];
  const state = lastState(logs);
  const planned = [...state.workers.values()].filter(({ run }) => run !== undefined);
  return planned.flatMap(({ id, state: how, problem = '', pid }) => {
    const { began = 0, ended = 0 } = seen.workers.find(({ worker }) => worker === id) ?? {};
    const about = `${id} is ${how} (${problem}), began ${began} times and ended ${ended} times`;
    const wrong = [
      !hasEnded(state.workers.get(id)) && 'it is not accounted for',
      how === 'done' && ended !== 1 && 'it did not come to its end',
      how === 'lost' && began > 0 && problem.startsWith('its runner ended before') && 'it was started',
      how === 'lost' &&
        began === 0 &&
        ended === 0 &&
        pid !== undefined &&
        problem.includes('was started') &&
        'it never ran',
      decidingExits(logs, id) > 1 && 'its end is decided more than once',
    ];
    return wrong.filter((each) => each !== false).map((each) => `${each}: ${about}`);
  });
};

/**
 * No process is left of Fermata's own programs, nor of a worker that was aborted. What a worker leaves that somebody else has
 * killed is its own affair; so is one whose runner was killed and whose log was lost: nothing knows of it any more.
 */
export const noProcessIsLeft: Invariant = (logs, seen) => {
  const { workers } = lastState(logs);
  const isExcused = (worker: string | undefined): boolean =>
    worker !== undefined && seen.excuses.killed > 0 && (hasLostLog(seen) || workers.get(worker)?.state !== 'aborted');
  return seen.remaining
    .filter(({ worker }) => !isExcused(worker))
    .map(({ command, worker }) => `${worker ?? 'a program'} left ${command} (${worker ? storyOf(logs, worker) : ''})`);
};

/** What the log has of a worker, in its order: what a violation is found by. */
const storyOf = (logs: Generations, id: string): string =>
  (logs.at(-1) ?? [])
    .flatMap((line) => {
      if (!('value' in line)) return [];
      const { t, ts, worker, reason = '' } = line.value as { t: string; ts: number; worker?: string; reason?: string };
      return worker === id ? [`${t} ${ts % 1_000_000} ${reason}`.trim()] : [];
    })
    .slice(-12)
    .join(', ');

/** How often an `exit` of a worker changes how it ended; one that was lost may be found again. */
function decidingExits(logs: Generations, id: string): number {
  const state = emptyState();
  let count = 0;
  for (const line of logs.at(-1) ?? []) {
    const before = state.workers.get(id)?.state;
    reduce(state, line);
    const after = state.workers.get(id);
    if (after !== undefined && before !== after.state && hasEnded(after) && after.state !== 'lost') count++;
  }
  return count;
}
