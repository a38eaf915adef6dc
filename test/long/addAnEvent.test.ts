import { afterAll, expect, test } from 'vitest';
import { RepositoryCopy, type Insertion } from '#test/lib/repositoryCopy.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A new event, "remark", as CONTRIBUTING.md says that one is added: first its row, then what the check asks for. */
const ROW: Insertion = [
  'src/protocol/event.ts',
  '  checkpoint: event(',
  "  remark: event({ worker: workerId, text }, { arms: 'none', changes: 'session' }),\n",
];
const NOTE: Insertion = [
  'src/protocol/reference/coordination.ts',
  '  checkpoint: {\n',
  `  remark: {
    meaning: 'A worker makes a remark that changes nothing.',
    by: 'The worker.',
    fields: { worker: 'Who makes it.', text: 'The remark.' },
    example: { t: 'remark', worker: 'W1', text: 'the index is warm' },
  },
`,
];
const OTHERS: Insertion[] = [
  [
    'src/core/fold/reduce.ts',
    '  checkpoint: onCheckpoint,',
    `  remark: (state, event, at) => {
    const worker = markAlive(state, event.worker, at);
    if (worker !== undefined) worker.lastMessage = event.text;
  },
`,
  ],
  [
    'src/core/projection/describeEvent.ts',
    "    case 'checkpoint':\n",
    "    case 'remark':\n      return `remarks: ${event.text}`;\n",
  ],
  [
    'test/unit/core/fold/fold.test.ts',
    "describe('workers', () => {\n",
    `test('a remark is the last message of its worker', () => {
  const state = fold([...started(1), { t: 'remark', worker: 'W1', text: 'the index is warm' }]);
  expect(state.workers.get('W1')?.lastMessage).toBe('the index is warm');
});

`,
  ],
];

test('the steps of CONTRIBUTING.md for a new event hold: five files, and the check asks for four of them', async () => {
  expect(new Set([ROW, NOTE, ...OTHERS].map(([file]) => file)).size).toBeLessThanOrEqual(5);
  const copy = new RepositoryCopy();

  copy.insert(ROW);
  const typecheck = await copy.bin('tsc', '-b');
  expect(typecheck.ok).toBe(false);
  expect(typecheck.output).toContain('src/protocol/reference/');
  copy.insert(NOTE);
  expect((await copy.bin('tsc', '-b')).output).toContain('reduce.ts');
  expect((await copy.bin('oxlint', '--deny-warnings', 'src/core')).output).toContain('describeEvent.ts');

  for (const insertion of OTHERS) copy.insert(insertion);
  expect(await copy.bin('tsc', '-b')).toEqual({ ok: true, output: '' });
  expect(await copy.bin('oxlint', '--deny-warnings', 'src/core')).toMatchObject({ ok: true });
  expect(await copy.run(process.execPath, 'esbuild.mjs')).toMatchObject({ ok: true });
  expect(await copy.run(process.execPath, 'out/writeDocs.mjs')).toMatchObject({ ok: true });
  expect(copy.read('docs/protocol.md')).toContain('### remark');
  const tests = ['test/unit/core/fold/fold.test.ts', 'test/unit/repository/protocolDocs.test.ts'];
  const tested = await copy.bin('vitest', 'run', '--project', 'unit', ...tests);
  expect(tested, tested.output).toMatchObject({ ok: true });
}, 180_000);
