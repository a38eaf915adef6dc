import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { isAlive } from '#core/base/processes.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { writeRules } from '#test/lib/approvedRules.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { conductor, csvFiles, PROMPT, rules } from './processFiles.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const worker = (name: string): string => join(repoRoot, 'test/claude/workers', name);

/** The model's input in each of its requests, as text. */
const modelInputs = (): string[] =>
  orchestra.model.requests.filter((r) => r.kind === 'main').map((r) => JSON.stringify(r.body.messages.slice(-2)));

async function open(
  command: (gate: string) => string[],
  guarded: boolean,
  settings: Record<string, unknown>,
): Promise<void> {
  let gate = '';
  // without a guard in the plan each worker blocks as soon as it has loaded its file
  const loaded = () =>
    orchestra.until(
      'each worker has blocked',
      (s) => [...s.blocks.values()].filter((b) => b.cause.kind === 'hook').length === 3,
    );
  orchestra = await Orchestra.open(
    (turn) => conductor(orchestra.project, () => writeFileSync(gate, ''), guarded ? undefined : loaded)(turn),
    {
      settings,
      files: csvFiles(),
    },
  );
  gate = join(orchestra.root, 'go');
  orchestra.writeApprovedRules(rules(command(gate), guarded));
}

describe('scenario 1: workers synchronise the Conductor', () => {
  test.each([
    [
      'workers by the fermata command',
      (gate: string) => [process.execPath, worker('analyze.mjs'), '{item}', gate],
      true,
    ],
    ['workers in plain Python', (gate: string) => ['python3', worker('analyze.py'), '{item}', gate], false],
  ])('%s', async (_name, command, guarded) => {
    await open(command, guarded, { 'hold.seconds': 0 });
    const run = await orchestra.run(PROMPT);
    expect(run.result?.result).toBe('All done. merged 3 files');
    // the Read of data1.csv was denied with the worker's reason, and none of the three files was ever shown
    expect(modelInputs()[1]).toContain('W1 has already loaded data1.csv into memory');
    expect(modelInputs()[1]).toContain('"is_error":true');
    // the true number of rows, once the worker was done
    const all = modelInputs().join('\n');
    for (const [i, rows] of [3, 4, 5].entries())
      expect(all).toContain(`W${i + 1} complete: data${i + 1}.csv processed, ${rows} rows analyzed`);
    // the results are in the worker's folder, and the merge took them instead of the Conductor's input
    const out = join(orchestra.dir, 'workers', 'W1', 'out', 'summary.json');
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ rows: 3, sum: 6 });
    const merged = readFileSync(join(orchestra.project, 'merged.json'), 'utf8');
    expect(merged.match(/"rows"/g)).toHaveLength(3);
    // the log has the same events, in order
    const events = orchestra.events;
    const at = (t: string, worker?: string): number =>
      events.findIndex((e) => e['t'] === t && (worker === undefined || e['worker'] === worker));
    expect(at('plan')).toBeLessThan(at('spawn', 'W1'));
    expect(at('denied')).toBeLessThan(at('exit', 'W1'));
    expect(events.filter((e) => e['t'] === 'exit').map((e) => e['code'])).toEqual([0, 0, 0]);
    for (const spawn of events.filter((e) => e['t'] === 'spawn'))
      expect(isAlive(spawn['pid'] as number, spawn['startTime'] as string)).toBe(false);
  });

  test('with the default hold the Conductor waits in place: nothing is denied', async () => {
    await open((gate) => [process.execPath, worker('analyze.mjs'), '{item}', gate], true, {});
    const running = orchestra.run(PROMPT);
    await orchestra.until('the first Read is held', (s) => [...s.blocks.values()].some((b) => b.holding.length > 0));
    writeFileSync(join(orchestra.root, 'go'), '');
    const run = await running;
    expect(run.result?.result).toContain('merged 3 files');
    expect(orchestra.events.filter((e) => e['t'] === 'denied')).toEqual([]);
    expect(orchestra.events.some((e) => e['t'] === 'held' && typeof e['ms'] === 'number')).toBe(true);
  });

  test('rules that are not approved start nothing, and the person is told how to approve them', async () => {
    orchestra = await Orchestra.open(() => ({ text: 'ok' }), { files: csvFiles() });
    writeRules(orchestra.project, rules([process.execPath, worker('analyze.mjs'), '{item}'], true));
    await orchestra.run(PROMPT);
    expect(orchestra.state.workers.size).toBe(0);
    expect(orchestra.state.notices).toMatchObject([{ kind: 'warning', text: expect.stringContaining('not approved') }]);
    expect(modelInputs().join('\n')).not.toContain('not approved');
  });
});
