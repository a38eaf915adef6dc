import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { HOOK_FILES } from '#test/lib/hookStage.ts';
import { RepositoryCopy, type Insertion } from '#test/lib/repositoryCopy.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A new hook event, "PostCompact": its row and a sample, what it has in its payload, its handler, and a test. */
const ROW: Insertion = [
  'src/protocol/hookTable.ts',
  '  SessionEnd: { timeout: 10',
  "  PostCompact: { timeout: 20, block: 'never', context: 'none' },\n",
];
const OTHERS: Insertion[] = [
  [
    'src/protocol/hookTable.ts',
    "  SessionEnd: { reason: 'other' }",
    "  PostCompact: { trigger: 'manual', compact_summary: 'short' },\n",
  ],
  ['src/protocol/payload.ts', '  task_subject: text,\n', '  compact_summary: text,\n'],
  [
    'hooks/coldHandlers.ts',
    '  SessionEnd: onSessionEnd,\n',
    `  PostCompact: ({ payload: { compact_summary: summary = '' } }) => ({
    events: [{ t: 'log', level: 'info', message: \`compacted to \${summary.length} characters\` }],
  }),
`,
  ],
  [
    'test/unit/hooks/handlers.test.ts',
    "describe('other events', () => {\n",
    `test('PostCompact: how long the summary is', async () => {
  const { events } = await handle('PostCompact', { compact_summary: 'short' });
  expect(events).toMatchObject([{ message: 'compacted to 5 characters' }]);
});

`,
  ],
];

test('a new hook event takes four files, and the compiler asks for the two that could be forgotten', async () => {
  const copy = new RepositoryCopy();
  expect(new Set([ROW, ...OTHERS].map(([file]) => file)).size).toBeLessThanOrEqual(4);

  copy.insert(ROW);
  const { ok, output } = await copy.bin('tsc', '-b');
  expect(ok).toBe(false);
  for (const file of ['src/protocol/hookTable.ts', 'hooks/coldHandlers.ts'])
    expect(output).toMatch(new RegExp(`${file}.*'PostCompact' is missing`));

  for (const step of OTHERS) copy.insert(step);
  expect(await copy.bin('tsc', '-b')).toEqual({ ok: true, output: '' });
  expect(await copy.run(process.execPath, 'esbuild.mjs')).toMatchObject({ ok: true });
  expect(await copy.run(process.execPath, 'out/writeDocs.mjs')).toMatchObject({ ok: true });
  const tests = [
    'test/unit/hooks',
    'test/unit/core/install/entries.test.ts',
    'test/unit/repository/protocolDocs.test.ts',
  ];
  const tested = await copy.bin('vitest', 'run', '--project', 'unit', ...tests);
  expect(tested, tested.output).toMatchObject({ ok: true });

  const entries = (await import(copy.path('src/core/install/entries.ts'))) as typeof import('#core/install/entries.ts');
  expect(entries.hookEntries({ home: '/h' })).toHaveProperty('PostCompact');

  const home = join(tempDir(), '.fermata');
  mkdirSync(join(home, 'hooks'), { recursive: true });
  for (const name of HOOK_FILES) cpSync(copy.path(`dist/hooks/${name}`), join(home, 'hooks', name));
  const payload = { session_id: 's1', hook_event_name: 'PostCompact', cwd: home, compact_summary: 'short' };
  const hook = spawnSync(process.execPath, [join(home, 'hooks/hook.cjs'), 'PostCompact', '20'], {
    encoding: 'utf8',
    input: JSON.stringify(payload),
  });
  expect(hook).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(readFileSync(join(home, 'sessions/s1/events.jsonl'), 'utf8')).toContain('compacted to 5 characters');
}, 180_000);
