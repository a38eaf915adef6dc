import { loadavg } from 'node:os';
import { writeFigures } from '#test/lib/figuresFile.ts';
import { canMoveClock } from './movedClock.ts';
import { orchestrate } from './orchestration.ts';

export interface Programme {
  orchestrations: number;
  /** So many are played at the same time. */
  atOnce: number;
  /** The seed of the first one; each further one has the next number. */
  firstSeed: number;
  /** Ends with the first orchestration that has a fault. */
  untilFault?: boolean;
  /** The built programs; by default those of the repository. */
  dist?: string;
}

export interface ProgrammeResult {
  /** Each with its seed. */
  faults: string[];
  figures: {
    orchestrations: number;
    firstSeed: number;
    violations: number;
    hooks: number;
    commands: number;
    seconds: number;
    mischief: Record<string, number>;
    ended: Record<string, number>;
    skipped: string[];
    load: number;
  };
}

/** Plays many orchestrations, a seed each, prints each seed that has a fault, and keeps the figures. */
export async function playAll({
  orchestrations,
  atOnce,
  firstSeed,
  untilFault,
  dist,
}: Programme): Promise<ProgrammeResult> {
  const started = performance.now();
  const faults: string[] = [];
  const mischief: Record<string, number> = {};
  const ended: Record<string, number> = {};
  const sums = { orchestrations: 0, hooks: 0, commands: 0 };
  let next = 0;
  const last = (): number => (untilFault === true && faults.length > 0 ? 0 : orchestrations);
  const player = async (): Promise<void> => {
    while (next < last()) {
      const result = await orchestrate(firstSeed + next++, dist);
      sums.orchestrations++;
      sums.hooks += result.hooks;
      sums.commands += result.commands;
      for (const [kind, count] of result.mischief) mischief[kind] = (mischief[kind] ?? 0) + count;
      for (const [state, count] of result.ended) ended[state] = (ended[state] ?? 0) + count;
      const story = [...result.mischief].map(([kind, count]) => `${kind} ${count}`).join(', ');
      for (const fault of result.violations) faults.push(`seed ${result.seed} (${story}): ${fault}`);
      if (result.violations.length > 0) console.log(faults.slice(-result.violations.length).join('\n'));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, player));
  const figures = {
    ...sums,
    firstSeed,
    violations: faults.length,
    seconds: Math.round((performance.now() - started) / 1000),
    mischief,
    ended,
    skipped: canMoveClock ? [] : ['clocks that are wrong: there is no libfaketime'],
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
  if (dist === undefined) writeFigures('orchestras', figures);
  return { faults, figures };
}
