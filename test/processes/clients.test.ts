import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const programs = join(repoRoot, 'test', 'processes', 'programs');
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is not here: the tests of the client for Python are skipped');

/** The two clients: the program that runs them, and the ending of the files that use them. */
const CLIENTS = [
  ['Python', 'python3', 'py'],
  ['JavaScript', process.execPath, 'mjs'],
] as const;

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
  const installed = installRuntime({
    home: stage.home,
    distDir: dirname(cliProgram),
    nodePath: process.execPath,
    version: 'test',
  });
  if (!installed.ok) throw new Error(installed.message);
});

/** Runs a program as a runner would: the home's commands on PATH, the worker's name, nothing else. */
function runAs(worker: string, program: string, file: string, ...args: string[]): Promise<string> {
  const PATH = [join(stage.home, 'bin'), process.env['PATH']].join(delimiter);
  const env = stage.env({ FERMATA_WORKER: worker, PATH });
  return new Promise((resolve, reject) => {
    execFile(program, [join(programs, file), ...args], { env, cwd: stage.project }, (error, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${error.message}\n${stderr}`)),
    );
  });
}

const notes = (): string[] => [...stage.state().notes.values()].map((n) => n.text);
const blocks = () => [...stage.state().blocks.values()].map(({ event, worker, text }) => ({ event, worker, text }));

describe.each(CLIENTS)('the founding document’s examples in %s', (language, program, ending) => {
  const example = (worker: string, ...args: string[]): Promise<string> =>
    runAs(worker, program, `seedExamples.${ending}`, ...args);
  const it = test.skipIf(language === 'Python' && !hasPython);

  it('a worker is heard after the deed', async () => {
    await example('W1', 'worker_block_conductor');
    expect(notes()).toEqual(['Worker W1 still processing, please wait...']);
  });

  it('a checkpoint informs, with data beside it', async () => {
    await example('W1', 'checkpoint');
    expect(notes()).toEqual(['Worker W1 reached schema-loaded']);
    expect(readFileSync(join(stage.dir, 'events.jsonl'), 'utf8')).toContain('"data":{"tables":4}');
  });

  it('blocks until ready, and not when all are', async () => {
    await example('W1', 'worker_guard_merge');
    expect(blocks()).toEqual([]);
    stage.publish({ t: 'spawn', worker: 'W3' });
    await example('W1', 'worker_guard_merge');
    const text = 'Workers still processing: W1(80%), W2(done), W3(45%)';
    expect(blocks()).toEqual([{ event: 'PreToolUse', worker: 'W1', text }]);
  });

  it('a failure is escalated', async () => {
    await example('W1', 'critical');
    const text = 'Worker W1 critical failure: checksum mismatch';
    expect(blocks()).toEqual([{ event: 'Stop', worker: 'W1', text }]);
  });

  it('a pipeline hands on: done stands before the hook', async () => {
    await example('W1', 'worker_pipeline_handoff');
    expect(notes()).toEqual(['Pipeline: extract → transform ready']);
    expect(stage.state().workers.get('W1')?.state).toBe('done');
  });

  it('votes: the last to vote tallies and decides', async () => {
    await example('W1', 'worker_consensus', 'proceed');
    expect(notes()).toEqual([]);
    await example('W2', 'worker_consensus', 'abort');
    expect(blocks()).toEqual([{ event: 'Stop', worker: 'W2', text: 'Consensus: abort' }]);
    await example('W3', 'worker_consensus', 'proceed');
    expect(notes()).toEqual(['Consensus: proceed']);
  });

  it('a resource is claimed by one, and the next one blocks', async () => {
    await example('W1', 'resource');
    expect(
      stage
        .state()
        .locks.get('db')
        ?.holders.map((h) => h.worker),
    ).toEqual(['W1']);
    await example('W2', 'resource');
    expect(blocks()).toEqual([{ event: 'PreToolUse', worker: 'W2', text: 'Resource db in use by W1' }]);
  });
});

describe.each(CLIENTS)('the client for %s', (language, program, ending) => {
  test.skipIf(language === 'Python' && !hasPython)('says and is told everything that there is', async () => {
    stage.publish({ t: 'spawn', worker: 'W2', pid: process.pid }, { t: 'acquire', worker: 'W2', resource: 'taken' });
    const output = JSON.parse(await runAs('W1', program, `everyCall.${ending}`)) as unknown;
    expect(output).toEqual({
      block: 'B1',
      unblock: ['B1'],
      checkpoint: { ok: true, checkpoint: 'half', last: false, arrived: ['W1'], missing: ['W2'] },
      token: true,
      taken: null,
      holder: 'W2',
      'in use': [true, false],
      locked: true,
      refused: 1,
      'timed out': 4,
      vote: { W1: 'proceed' },
      tally: 'proceed',
      votes: ['proceed'],
      inbox: [
        ['handoff', 'W1 hands next on to you', { n: 1 }],
        ['tell', 'hello', null],
      ],
      ready: false,
      'too long': true,
      types: expect.arrayContaining(['progress', 'log', 'hook', 'delivered']) as string[],
    });
    const { workers, damaged, notes: delivered } = stage.state();
    expect(damaged.size).toBe(0);
    expect(workers.get('W1')).toMatchObject({ state: 'done', progress: { message: 'Größe ≥ 3', phase: 'load' } });
    expect([...delivered.values()].slice(0, 2)).toMatchObject([
      { text: '- news', key: 'n' },
      { kind: 'rewrite', updatedInput: { file_path: '/b' } },
    ]);
  });
});
