import type { Programs } from './programs.ts';
import type { Schedule } from './schedule.ts';
import { run, type Violation } from './simulate.ts';

/** A schedule that violates the same invariant, from which nothing can be left out. */
export function shrink(programs: Programs, schedule: Schedule, { invariant }: Violation): Schedule {
  const fails = (smaller: Schedule): boolean => run(programs, smaller).violation?.invariant === invariant;
  let least = schedule;
  for (let isSmaller = true; isSmaller;) {
    isSmaller = false;
    for (const smaller of smallerThan(least))
      if (fails(smaller)) {
        least = smaller;
        isSmaller = true;
        break;
      }
  }
  return least;
}

/** The schedules with one thing less. */
function* smallerThan(schedule: Schedule): Generator<Schedule> {
  const { steps, faults } = schedule;
  for (const list of halves(steps)) yield { ...schedule, steps: list };
  for (let i = 0; i < faults.length; i++) yield { ...schedule, faults: faults.toSpliced(i, 1) };
  for (let i = 0; i < steps.length; i++) yield { ...schedule, steps: steps.toSpliced(i, 1) };
  if (schedule.order !== 'first') yield { ...schedule, order: 'first' };
  if (schedule.hostile) yield { ...schedule, hostile: false };
  if (schedule.holdSeconds > 0) yield { ...schedule, holdSeconds: 0 };
  if (schedule.failClosed) yield { ...schedule, failClosed: false };
  if (schedule.watches !== 'at once') yield { ...schedule, watches: 'at once' };
}

function halves<T>(list: readonly T[]): T[][] {
  const middle = Math.floor(list.length / 2);
  return list.length < 4 ? [] : [list.slice(0, middle), list.slice(middle)];
}

/** A schedule as a person reads it, with what it led to. */
export function describeSchedule(programs: Programs, schedule: Schedule): string {
  const { violation, world } = run(programs, schedule);
  const { seed, steps, faults, order, failClosed, holdSeconds, hostile, watches } = schedule;
  const { facts } = world;
  const began = [...facts.hooks, ...facts.commands].toSorted((a, b) => a.began - b.began);
  return [
    `seed ${seed}: ${violation?.invariant}: ${violation?.message}`,
    `  ${JSON.stringify({ order, failClosed, holdSeconds, hostile, watches })}`,
    ...steps.map(({ actor, step }) => `  ${actor}: ${JSON.stringify(step)}`),
    ...faults.map(({ at, call, act }) => `  at call ${call} of ${at}: ${JSON.stringify(act)}`),
    ...began.map((fact) => {
      const { process } = fact;
      const what =
        'event' in fact
          ? `${fact.event} ${fact.file ?? ''}${fact.denied ? ' refused' : ''}`
          : `${fact.actor} ${fact.step.op}`;
      return `  ${fact.began}-${fact.ended} ${process.label} ${what}: ${JSON.stringify(process.ended)} ${(process.output + process.errors).trim().slice(0, 200)}`;
    }),
  ].join('\n');
}
