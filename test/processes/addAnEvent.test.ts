import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A new event, "remark", as CONTRIBUTING.md says that one is added: what is put before what, in which file. */
const STEPS: [file: string, before: string, text: string][] = [
  [
    'src/protocol/event.ts',
    "  checkpoint: event('checkpoint'",
    "  remark: event('remark', { worker: workerId, text }),\n",
  ],
  [
    'src/core/fold/reduce.ts',
    '  checkpoint: reevaluating(onCheckpoint),',
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
  ['src/protocol/reference/coordination.ts', "  'checkpoint' | 'acquire'", "  | 'remark'\n  |"],
  [
    'src/protocol/reference/coordination.ts',
    '  checkpoint: {\n',
    `  remark: {
    meaning: 'A worker says something that concerns nobody in particular.',
    by: 'The worker.',
    fields: { worker: 'Who says it.', text: 'What it says.' },
    example: { t: 'remark', worker: 'W1', text: 'the index is warm' },
  },
`,
  ],
  [
    'test/unit/core/fold/fold.test.ts',
    "describe('workers', () => {\n",
    `test('a remark is the last that is heard of its worker', () => {
  const state = fold([...started(1), { t: 'remark', worker: 'W1', text: 'the index is warm' }]);
  expect(state.workers.get('W1')?.lastMessage).toBe('the index is warm');
});

`,
  ],
];

interface RunResult {
  ok: boolean;
  output: string;
}

/** Runs one of the repository's programs in the copy. */
function run(copy: string, program: string, ...args: string[]): Promise<RunResult> {
  const options = { cwd: copy, maxBuffer: 16 * 1024 * 1024, env: { ...process.env, CI: '1' } };
  return new Promise((resolve) =>
    execFile(program, args, options, (error, out, err) => resolve({ ok: error === null, output: `${out}${err}` })),
  );
}

test('the steps of CONTRIBUTING.md for a new event hold: five files, and the check asks for four of them', async () => {
  const copy = copyRepository();
  const bin = (name: string): string => join(copy, 'node_modules', '.bin', name);
  const change = ([file, before, text]: (typeof STEPS)[number]): void => {
    const path = join(copy, file);
    const source = readFileSync(path, 'utf8');
    expect(source.split(before).length, `${file} has "${before.trim()}" once`).toBe(2);
    writeFileSync(
      path,
      source.replace(before, () => text + before),
    );
  };
  const [schema, ...others] = STEPS;
  expect(new Set(STEPS.map(([file]) => file)).size).toBeLessThanOrEqual(5);

  change(schema ?? ['', '', '']);
  const typecheck = await run(copy, bin('tsc'), '-b');
  expect(typecheck.ok).toBe(false);
  expect(typecheck.output).toContain('src/protocol/reference/');
  for (const step of others.filter(([file]) => file.includes('/notes/'))) change(step);
  expect((await run(copy, bin('tsc'), '-b')).output).toContain('reduce.ts');
  expect((await run(copy, bin('oxlint'), '--deny-warnings', 'src/core')).output).toContain('activityWords.ts');

  for (const step of others.filter(([file]) => !file.includes('/notes/'))) change(step);
  expect(await run(copy, bin('tsc'), '-b')).toEqual({ ok: true, output: '' });
  expect(await run(copy, bin('oxlint'), '--deny-warnings', 'src/core')).toMatchObject({ ok: true });
  expect(await run(copy, process.execPath, 'esbuild.mjs')).toMatchObject({ ok: true });
  expect(await run(copy, process.execPath, 'out/writeDocs.mjs')).toMatchObject({ ok: true });
  expect(readFileSync(join(copy, 'docs/protocol.md'), 'utf8')).toContain('### remark');
  const tests = ['test/unit/core/fold/fold.test.ts', 'test/unit/repository/protocolDocs.test.ts'];
  const tested = await run(copy, bin('vitest'), 'run', '--project', 'unit', ...tests);
  expect(tested, tested.output).toMatchObject({ ok: true });
}, 180_000);

/** What is committed, or would be, with the packages and the compiler's memory of the original. */
function copyRepository(): string {
  const copy = tempDir('fermata-copy-');
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: repoRoot, maxBuffer: 16 * 1024 * 1024 })
    .toString()
    .split('\0');
  for (const file of files.filter((file) => file !== '' && existsSync(join(repoRoot, file)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(repoRoot, file), join(copy, file));
  }
  for (const dir of ['node_modules', 'test/runtimes/node_modules'])
    if (existsSync(join(repoRoot, dir)) && !existsSync(join(copy, dir)))
      symlinkSync(join(repoRoot, dir), join(copy, dir));
  if (existsSync(join(repoRoot, 'out/types')))
    cpSync(join(repoRoot, 'out/types'), join(copy, 'out/types'), { recursive: true });
  return copy;
}
