import { execFile, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { Stage } from '#test/lib/fermata.ts';
import { RepositoryCopy, type Insertion } from '#test/lib/repositoryCopy.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const hasPython = spawnSync('python3', ['--version']).status === 0;

/**
 * A new event, "concern", that a worker publishes by a verb of `fermata` or by either client, and that the panel shows
 * as a notice: first its row, then what the check asks for, then what the tests ask for.
 */
const ROW: Insertion = [
  'src/protocol/event.ts',
  '  checkpoint: event(',
  "  concern: event({ worker: workerId, text }, { arms: 'none', changes: 'session', verb: 'concern' }),\n",
];
const NOTE: Insertion = [
  'src/protocol/reference/workers.ts',
  '  handoff: {\n',
  `  concern: {
    meaning: 'A worker has a concern that blocks nothing. The panel shows it as a notice.',
    by: 'The worker.',
    fields: { worker: 'Whose concern it is.', text: 'The concern.' },
    example: { t: 'concern', worker: 'W1', text: 'the data is three days old' },
  },
`,
];
const ASKED_BY_CHECK: Insertion[] = [
  [
    'src/core/fold/reduce.ts',
    '  checkpoint: onCheckpoint,',
    `  concern: (state, event, at) => {
    markAlive(state, event.worker, at);
    addNotice(state, at, 'warning', event.text, event.worker);
  },
`,
  ],
  [
    'src/core/projection/describeEvent.ts',
    "    case 'checkpoint':\n",
    "    case 'concern':\n      return `has a concern: ${event.text}`;\n",
  ],
];
const ASKED_BY_TESTS: Insertion[] = [
  [
    'src/cli/verbs/report.ts',
    'function amountOf(text: string)',
    `export const concern: Verb = {
  name: 'concern',
  summary: 'Show the person a concern of this worker',
  args: ['TEXT'],
  usage: '"TEXT"',
  examples: ['fermata concern "the data is three days old"'],
  run: (call, text) => {
    const log = logOf(call);
    publishAndRefresh(call, log, { t: 'concern', worker: workerCallerOf(call, log), text });
    print(call);
  },
};

`,
  ],
  ['src/cli/workerVerbs.ts', "done, fail, handoff, progress, tell } from '#cli/verbs/report.ts'", 'concern, '],
  ['src/cli/workerVerbs.ts', '  fail,\n', '  concern,\n'],
  [
    'hooks/clients/worker.mjs',
    "/**\n * Hands this worker's result on to another worker.\n",
    `/**
 * Shows the person a concern of this worker.
 * @param {string} text
 * @returns {Promise<void>}
 */
export async function concern(text) {
  await fermata('concern', [text]);
}

`,
  ],
  [
    'hooks/clients/fermata.py',
    'def handoff(',
    `def concern(text: str) -> None:
    """Shows the person a concern of this worker."""
    _fermata("concern", text)


`,
  ],
  [
    'test/unit/core/fold/fold.test.ts',
    "describe('workers', () => {\n",
    `test('a concern is a notice of its worker', () => {
  const state = fold([...started(1), { t: 'concern', worker: 'W1', text: 'the data is three days old' }]);
  expect(state.notices).toMatchObject([{ kind: 'warning', worker: 'W1', text: 'the data is three days old' }]);
});

`,
  ],
];

test('an event that the panel, the command and both clients know takes nine files, and all but its test are asked for', async () => {
  expect(new Set([ROW, NOTE, ...ASKED_BY_CHECK, ...ASKED_BY_TESTS].map(([file]) => file)).size).toBeLessThanOrEqual(9);
  const copy = new RepositoryCopy();
  const unit = (...tests: string[]) => copy.bin('vitest', 'run', '--project', 'unit', ...tests);

  copy.insert(ROW);
  const typecheck = await copy.bin('tsc', '-b');
  expect(typecheck.output).toContain('src/protocol/reference/');
  copy.insert(NOTE);
  expect((await copy.bin('tsc', '-b')).output).toContain('reduce.ts');
  expect((await copy.bin('oxlint', '--deny-warnings', 'src/core')).output).toContain('describeEvent.ts');
  for (const insertion of ASKED_BY_CHECK) copy.insert(insertion);
  const asked = await unit('test/unit/protocol/eventRows.test.ts');
  for (const place of [
    'verb "concern" of fermata',
    'function "concern" of worker.mjs',
    'function "concern" of fermata.py',
  ])
    expect(asked.output).toContain(`a ${place}`);

  for (const insertion of ASKED_BY_TESTS) copy.insert(insertion);
  expect(await copy.bin('tsc', '-b')).toEqual({ ok: true, output: '' });
  const linted = await copy.bin('oxlint', '--deny-warnings', 'src', 'hooks');
  expect(linted, linted.output).toMatchObject({ ok: true });
  expect(await copy.run(process.execPath, 'esbuild.mjs')).toMatchObject({ ok: true });
  expect(await copy.run(process.execPath, 'out/writeDocs.mjs')).toMatchObject({ ok: true });
  expect(copy.read('docs/protocol.md')).toContain('### concern');
  expect(copy.read('docs/cli.md')).toContain('fermata concern');
  const tested = await unit(
    'test/unit/core/fold/fold.test.ts',
    'test/unit/protocol',
    'test/unit/repository/protocolDocs.test.ts',
  );
  expect(tested, tested.output).toMatchObject({ ok: true });

  const shown = ['by the command', 'from JavaScript', ...(hasPython ? ['from Python'] : [])];
  expect(await concernsShown(copy.path('dist'))).toEqual(shown);
}, 240_000);

/** Lets a worker publish a concern in each way there is; returns what the panel's view model then has, sorted. */
async function concernsShown(distDir: string): Promise<string[]> {
  const stage = new Stage();
  const installed = installRuntime({ home: stage.home, distDir, nodePath: process.execPath, version: 'test' });
  expect(installed).toMatchObject({ ok: true });
  const clients = join(stage.home, 'clients');
  const env = stage.env({
    FERMATA_WORKER: 'W1',
    PATH: [join(stage.home, 'bin'), process.env['PATH']].join(delimiter),
    PYTHONPATH: clients,
  });
  const call = (program: string, ...args: string[]): Promise<string> =>
    new Promise((resolve, reject) =>
      execFile(program, args, { env, cwd: stage.project }, (error, out) =>
        error === null ? resolve(out) : reject(error),
      ),
    );
  const script = `import(${JSON.stringify(join(clients, 'worker.mjs'))}).then((client) => client.concern('from JavaScript'))`;
  await call('fermata', 'concern', 'by the command');
  await call(process.execPath, '-e', script);
  if (hasPython) await call('python3', '-c', "import fermata; fermata.concern('from Python')");
  const { notices } = JSON.parse(await call('fermata', 'status', '--json')) as { notices: { text: string }[] };
  return notices.map(({ text }) => text).toSorted();
}
