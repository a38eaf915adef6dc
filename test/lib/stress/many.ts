import { expect } from 'vitest';
import { hasEnded } from '#core/fold/conditions.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { Stage } from '#test/lib/fermata.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { processesOf, truthOf } from './plans.ts';

export interface ManyFigures {
  seconds: number;
  /** Runners at once, at most. */
  runners: number;
  /** Resident memory of all runners together, at most, in MB. */
  memoryMb: number;
  /** CPU time of the runners for each worker, in ms. */
  cpuMs: number;
}

/**
 * Runs many workers, several at once, and compares log and view with what the workers themselves wrote. Returns the
 * runners' use of time and memory.
 */
export async function runMany(workers: number, maxParallel: number): Promise<ManyFigures> {
  const stage = new Stage({ 'workers.maxParallel': maxParallel });
  stage.install();
  const shell =
    'echo "begin $FERMATA_WORKER" >>truth; sleep 0.2; [ $(($FERMATA_INDEX % 10)) -ne 0 ] || code=3; echo "end $FERMATA_WORKER" >>truth; exit ${code:-0}';
  const started = Date.now();
  for (let done = 0; done < workers; done += 100) {
    const items = Array.from({ length: Math.min(100, workers - done) }, (_, i) => `item${done + i}`).join(', ');
    stage.plan(
      { prompt: 'go (?<items>.+)', forEach: 'items', workers: [{ task: '{item}', run: { shell } }] },
      `go ${items}`,
    );
  }
  stage.start(maxParallel);
  const cpu = new Map<number, number>();
  let runners = 0;
  let memoryKb = 0;
  await waitFor(
    () => {
      const now = processesOf(stage.home).filter((p) => p.command.includes('runner.cjs'));
      for (const { pid, cpuMs } of now) cpu.set(pid, cpuMs);
      runners = Math.max(runners, now.length);
      memoryKb = Math.max(
        memoryKb,
        now.reduce((sum, p) => sum + p.rssKb, 0),
      );
      return [...stage.state().workers.values()].every(hasEnded);
    },
    { describe: `${workers} workers to end`, timeoutMs: 300_000, intervalMs: 100 },
  );
  const seconds = (Date.now() - started) / 1000;
  await waitFor(() => processesOf(stage.home).length === 0, { describe: 'every process to end' });
  expectMatchesTruth(stage, workers, maxParallel);
  const cpuMs = Math.round([...cpu.values()].reduce((a, b) => a + b, 0) / workers);
  return { seconds: Math.round(seconds), runners, memoryMb: Math.round(memoryKb / 1024), cpuMs };
}

function expectMatchesTruth(stage: Stage, workers: number, maxParallel: number): void {
  const truth = truthOf(stage);
  const state = stage.state();
  const view = toViewModel(state, { now: Date.now(), silentSeconds: 120, id: 's', live: true });
  expect(view.workers).toHaveLength(workers);
  let running = 0;
  let peak = 0;
  for (const line of truth) {
    running += line.startsWith('begin') ? 1 : -1;
    peak = Math.max(peak, running);
  }
  expect(peak).toBeLessThanOrEqual(maxParallel);
  for (const [i, { id, state: outcome, task, problem }] of view.workers.entries()) {
    expect(
      truth.filter((line) => line.endsWith(` ${id}`)),
      id,
    ).toEqual([`begin ${id}`, `end ${id}`]);
    expect({ task, outcome, problem }, id).toEqual({
      task: `item${i}`,
      outcome: (i + 1) % 10 === 0 ? 'failed' : 'done',
      problem: (i + 1) % 10 === 0 ? 'exit code 3' : undefined,
    });
  }
  expect(view.counts).toMatchObject({ running: 0, ended: workers });
  expect(view.damaged.total).toBe(0);
}
