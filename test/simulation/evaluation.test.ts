/**
 * The simulation evaluates the bundle of the programs once and runs it as thousands of processes. That is fair only while no
 * module keeps anything of one process for the next.
 */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { compilePrograms, type Programs } from './programs.ts';
import { scheduleOf } from './schedule.ts';
import { simulationFolder, writePrograms } from './shards.ts';
import { run } from './simulate.ts';

afterAll(() => rmSync(simulationFolder, { recursive: true, force: true }));

/** All that a run has done: each process with its calls, output and end, and every file. */
function traceOf(programs: Programs, seed: number): unknown {
  const { violation, world } = run(programs, scheduleOf(seed));
  const { facts, machine } = world;
  const processes = [...facts.hooks, ...facts.commands].map(({ process, began }) => {
    const { label, calls, output, errors, ended } = process;
    return { label, began, calls, output, errors, ended };
  });
  return { violation, calls: machine.totalCalls, processes, log: machine.disk.text(world.logPath) };
}

test('a process does the same in a bundle that was evaluated for it alone', async () => {
  const evaluate = compilePrograms(readFileSync(await writePrograms(), 'utf8'));
  const shared = evaluate();
  for (let seed = 1; seed <= 25; seed++) {
    const fresh: Programs = {
      hook: () => evaluate().hook(),
      cli: () => evaluate().cli(),
      runner: () => evaluate().runner(),
      parts: shared.parts,
    };
    expect(traceOf(fresh, seed), `seed ${seed}`).toEqual(traceOf(shared, seed));
  }
});

test('the same seed does the same again', async () => {
  const programs = compilePrograms(readFileSync(await writePrograms(), 'utf8'))();
  for (let seed = 100; seed < 140; seed++)
    expect(traceOf(programs, seed), `seed ${seed}`).toEqual(traceOf(programs, seed));
});
