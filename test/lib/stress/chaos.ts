import { contend, type Contention, type ContentionResult } from './locks.ts';
import { ThreeMachines, type Mishap } from './threeMachines.ts';

export interface ChaosOptions extends Pick<Contention, 'processes' | 'rounds'> {
  cluster: boolean;
  /** Two bridges on each machine. */
  twice: boolean;
  paceMs?: number;
}

export interface ChaosResult {
  grants: number;
  /** Writes that the resource refused by their token. */
  fenced: number;
  /** Holders that were stopped past their lease, and contenders that were killed. */
  holders: number;
  /** How often what happened. */
  counts: Map<string, number>;
  /** All that is wrong; none where locks, words and copies are what they have to be. */
  faults: string[];
  /** What happened, for the report of a failure. */
  story: string[];
}

const MISHAPS: Mishap[] = ['server', 'bridge', 'setBack', 'wipe', 'setBack'];

/** Processes on three machines contend for one lock while what carries their words is killed, wiped and set back, by chance of a seed. */
export async function chaos({ cluster, twice, paceMs, ...size }: ChaosOptions, seed: number): Promise<ChaosResult> {
  const machines = await ThreeMachines.open({ cluster, twice });
  const { counts, story } = machines;
  const faults: string[] = [];
  let result: ContentionResult | undefined;
  try {
    const suffering = machines.suffer(cluster ? ['leader', 'bridge'] : MISHAPS, seed, paceMs);
    const { dirs } = machines;
    try {
      result = await contend({ ...size, dirs, leaseMs: 1000, patienceMs: 120_000 }, seed);
    } finally {
      await suffering.stop();
    }
    await machines.haveAll();
    faults.push(...machines.lostWords());
  } catch (error) {
    faults.push((error as Error).message);
  } finally {
    await machines.close();
  }
  const { grants = [], refused = [], kills = 0, stops = 0 } = result ?? {};
  if (result !== undefined) {
    faults.push(...result.overlaps, ...result.wrongGrants, ...result.failed);
    faults.push(
      ...refused.filter(({ due }) => due === null).map(({ worker }) => `${worker} lost a lock without a lease`),
    );
  }
  return { grants: grants.length, fenced: refused.length, holders: kills + stops, counts, faults, story };
}
