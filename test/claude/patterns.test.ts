import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { workerPaths } from '#core/base/paths.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { Orchestra } from '#test/lib/orchestra.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is not here: the patterns in Python are skipped');

const bash = (command: string): Reply => ({ tools: [{ name: 'Bash', input: { command, description: 'run' } }] });

/** Runs one step of a worker as a process of its own in a runner's environment, and publishes its exit as a runner does. */
async function step(worker: string, program: string, file: string, name: string): Promise<void> {
  const { out } = workerPaths(orchestra.dir, worker);
  mkdirSync(out, { recursive: true });
  const env = orchestra.env({
    FERMATA_HOME: orchestra.fermataHome,
    FERMATA_SESSION_DIR: orchestra.dir,
    FERMATA_WORKER: worker,
    FERMATA_OUT: out,
    PATH: [join(orchestra.fermataHome, 'bin'), process.env['PATH']].join(delimiter),
  });
  const args = [join(repoRoot, 'test', 'claude', 'workers', file), name];
  const failed = await new Promise<string | undefined>((resolve) => {
    execFile(program, args, { env, cwd: orchestra.project }, (error, _stdout, stderr) =>
      resolve(error === null ? undefined : `${error.message}\n${stderr}`),
    );
  });
  if (name === 'critical') orchestra.publish({ t: 'exit', worker, code: failed === undefined ? 0 : 1 });
  else if (failed !== undefined) throw new Error(failed);
}

/**
 * For each turn, by pattern: the workers' steps before it, the Conductor's tool call, and the input that it must get
 * afterwards.
 */
interface ScriptedTurn {
  workers: [worker: string, step: string][];
  call: (project: string) => Reply;
  expectedNews: string[];
}

const SCRIPTED_TURNS: ScriptedTurn[] = [
  {
    workers: [['W1', 'load']],
    call: (project) => ({ tools: [{ name: 'Read', input: { file_path: join(project, 'data1.csv') } }] }),
    expectedNews: ['W1 has already loaded data1.csv into memory'],
  },
  {
    workers: [['W1', 'finish']],
    call: () => bash('cat placeholder.txt'),
    expectedNews: ['W1 complete: data1.csv processed, 10M rows analyzed', 'merged by W1'],
  },
  {
    workers: [['W1', 'pace']],
    call: () => bash('echo "too fast"'),
    expectedNews: ['Benchmark still running, 60% complete, ETA 30s'],
  },
  {
    workers: [['W1', 'measured']],
    call: () => bash('echo later'),
    expectedNews: ['Module A: 1.2s avg, 0.1s stddev', 'later'],
  },
  {
    workers: [
      ['W1', 'checkpoint'],
      ['W2', 'guard'],
    ],
    call: () => bash('cd sub && git merge topic'),
    expectedNews: ['Worker W1 reached schema-loaded', 'Workers still processing: W1 (60%'],
  },
  {
    workers: [
      ['W1', 'handoff'],
      ['W2', 'receive'],
    ],
    call: () => bash('echo merged'),
    expectedNews: ['Pipeline: extract → transform ready', 'merged'],
  },
  {
    workers: [
      ['W2', 'abort'],
      ['W3', 'proceed'],
      ['W4', 'proceed'],
      ['W5', 'take'],
      ['W6', 'want'],
    ],
    call: () => bash('migrate --all'),
    expectedNews: ['Consensus on ship: proceed (2 proceed, 1 abort; quorum 2)', 'Resource db in use by W5'],
  },
  {
    workers: [
      ['W5', 'give'],
      ['W6', 'want'],
    ],
    call: () => bash('echo migrated'),
    expectedNews: ['migrated'],
  },
  {
    workers: [
      ['W7', 'critical'],
      ['W8', 'deploy'],
    ],
    call: () => ({ text: 'Everything is deployed.' }),
    expectedNews: [
      'Worker W7 critical failure: checksum mismatch',
      'Production deployment blocked: prerequisite environments failed',
    ],
  },
];

/** Resolves the blocks that still hold Stop, one after the other, and then ends. */
function resolveNext(news: string): Reply {
  const open = /(\S+fermata resolve B\d+) "…"/.exec(news)?.[1];
  return open === undefined ? { text: 'Nothing is deployed.' } : bash(`${open} "told the team"`);
}

describe('the nine patterns, on the real CLI', () => {
  test.each([
    ['sh', 'sh', 'patterns.sh'],
    ...(hasPython ? [['Python', 'python3', 'patterns.py'] as const] : []),
    ['JavaScript', process.execPath, 'patterns.mjs'],
  ] as const)('workers in %s', async (_language, program, file) => {
    orchestra = await Orchestra.open(
      async (turn) => {
        if (turn.index === 0)
          orchestra.publish(
            { t: 'spawn', worker: 'W1', task: 'extract' },
            { t: 'ballot', ballot: 'ship', quorum: 2, voters: ['W2', 'W3', 'W4'] },
          );
        const scripted = SCRIPTED_TURNS[turn.index];
        if (scripted === undefined) return resolveNext(turn.newInput);
        for (const [worker, name] of scripted.workers) await step(worker, program, file, name);
        return scripted.call(orchestra.project);
      },
      {
        settings: { 'hold.seconds': 0 },
        files: { 'data1.csv': 'id\n1\n', 'placeholder.txt': 'not merged\n' },
      },
    );
    mkdirSync(join(orchestra.project, 'sub'));
    const run = await orchestra.run('process the files');
    expect(orchestra.model.scriptErrors).toEqual([]);
    const delivered = SCRIPTED_TURNS.map(({ expectedNews: expected }, i) =>
      expected.map((text) => [text, orchestra.modelInputs[i + 1]?.includes(text)]),
    );
    expect(delivered).toEqual(SCRIPTED_TURNS.map(({ expectedNews: expected }) => expected.map((text) => [text, true])));
    expect(run.result?.result).toBe('Nothing is deployed.');
    const { state } = orchestra;
    expect(state.workers.get('W2')?.progress?.message).toBe('transforms a.parquet');
    expect(state.locks.get('db')?.holders.map((h) => h.worker)).toEqual(['W6']);
    expect([...(state.checkpoints.get('schema-loaded')?.arrived.keys() ?? [])]).toEqual(['W1']);
    // no line is damaged, and every block has ended as its pattern demands
    expect(state.damaged.size).toBe(0);
    expect([...state.blocks.values()].map((b) => `${b.worker} ${b.event} ${b.ended?.how}`)).toEqual([
      'W1 PreToolUse unblock',
      'W1 PreToolUse unblock',
      'W2 PreToolUse until',
      'W6 PreToolUse until',
      'W7 Stop resolve',
      'W8 Stop resolve',
    ]);
  });
});
