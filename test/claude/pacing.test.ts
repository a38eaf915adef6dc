import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { Orchestra } from '#test/lib/orchestra.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const bash = (command: string) => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });
const paced = () =>
  orchestra.until('the worker has seen the call and holds the next', (s) =>
    [...s.blocks.values()].some((b) => b.key === 'pace' && b.ended === undefined),
  );

async function open(settings: Record<string, unknown>, denied: boolean): Promise<void> {
  let gate = '';
  orchestra = await Orchestra.open(
    async (turn) => {
      if (turn.index === 0) {
        await orchestra.until('the worker watches', (s) => s.watches.size === 1);
        return bash('echo first');
      }
      if (turn.index === 1) {
        await paced();
        return bash('echo second');
      }
      if (denied && turn.index === 2) {
        writeFileSync(gate, '');
        await orchestra.until('the worker has ended', (s) => s.workers.get('W1')?.state === 'done');
        return bash('echo second');
      }
      return { text: 'done' };
    },
    { settings },
  );
  gate = join(orchestra.root, 'go');
  const run = [process.execPath, join(repoRoot, 'test/claude/workers/benchmark.mjs'), 'A', gate];
  orchestra.writeApprovedRules({
    version: 1,
    rules: [{ name: 'bench', prompt: 'run performance benchmarks', workers: [{ task: 'Benchmark A', run }] }],
  });
}

const measured = (): string =>
  (JSON.parse(readFileSync(join(orchestra.dir, 'workers/W1/out/result.json'), 'utf8')) as { result: string }).result;

describe('scenario 2: a worker paces the Conductor', () => {
  test('without a hold the call that comes too soon is denied, and the retry passes', async () => {
    await open({ 'hold.seconds': 0 }, true);
    expect((await orchestra.run('Run performance benchmarks on all modules')).result?.result).toBe('done');
    expect(orchestra.modelInputs[2]).toContain('Benchmark still running, 60% complete, ETA 30s');
    expect(orchestra.modelInputs[3]).toContain('second');
    expect(orchestra.modelInputs[3]).toContain(measured());
    expect(measured()).toMatch(/^Module A: [\d.e-]+s avg, [\d.e-]+s stddev$/);
  });

  test('with the default hold it waits in place', async () => {
    await open({}, false);
    const running = orchestra.run('Run performance benchmarks on all modules');
    await expect.poll(() => orchestra.model.requests.length, { timeout: 120_000 }).toBeGreaterThan(1);
    await orchestra.until('the call is held', (s) => [...s.blocks.values()].some((b) => b.holding.length > 0));
    writeFileSync(join(orchestra.root, 'go'), '');
    expect((await running).result?.result).toBe('done');
    expect(orchestra.events.filter((e) => e['t'] === 'denied')).toEqual([]);
    expect(orchestra.modelInputs[2]).toContain(measured());
  });
});
