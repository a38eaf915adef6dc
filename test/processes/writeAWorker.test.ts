import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { fenced, pageAt } from '#test/lib/docsPages.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const page = pageAt('docs/write-a-worker.md');
const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn('python3 is not here: the worker in Python is not run');

/** The only block of code in a language. */
function codeIn(language: string): string {
  const found = fenced(page, language);
  expect(found, `blocks of ${language} on the page`).toHaveLength(1);
  return found[0] ?? '';
}

/** The events of each worker, without times and nonces. */
function eventsByWorker(stage: Stage): Record<string, unknown[]> {
  const byWorker: Record<string, unknown[]> = {};
  for (const { worker, t, event, message, stderr, pct, name, result, code, match, until } of stage.events()) {
    if (typeof worker !== 'string') continue;
    // the order of arrival is not determined
    if (message === 'Everything is counted') continue;
    (byWorker[worker] ??= []).push({ t, event, text: message ?? stderr, pct, name, result, code, match, until });
  }
  return byWorker;
}

/** Runs the page's rule with the given program, and returns the resulting events. */
async function run(run: string[], file: string, code: string): Promise<Record<string, unknown[]>> {
  const stage = new Stage();
  stage.install();
  writeFileSync(join(stage.project, file), code);
  writeFileSync(join(stage.project, 'a.txt'), 'one\ntwo\n');
  writeFileSync(join(stage.project, 'b.txt'), 'one\ntwo\nthree\n');
  const rule = (JSON.parse(codeIn('json')) as { rules: [Record<string, unknown> & { workers: object[] }] }).rules[0];
  stage.plan({ ...rule, workers: rule.workers.map((w) => ({ ...w, run })) }, 'count the lines of a.txt, b.txt');
  stage.start();
  const ended = () => [...stage.state().workers.values()].every((w) => w.endedTs !== undefined);
  await waitFor(ended, { describe: 'both workers have ended', timeoutMs: 120_000 });
  const { workers, notes, blocks } = stage.state();
  const failures = [...workers.values()].filter((w) => w.state !== 'done');
  const log = failures.map((w) => readFileSync(join(stage.dir, 'workers', w.id, 'stderr.log'), 'utf8'));
  expect(log).toEqual([]);
  const noteTexts = [...notes.values()].map((n) => n.text);
  expect(noteTexts.toSorted()).toEqual(['Everything is counted', 'a.txt has 2 lines', 'b.txt has 3 lines']);
  expect([...blocks.values()].map((b) => b.ended?.how)).toEqual(['until', 'until']);
  expect(readFileSync(join(stage.dir, 'workers', 'W2', 'out', 'lines.txt'), 'utf8')).toBe('3\n');
  return eventsByWorker(stage);
}

let expected: Record<string, unknown[]>;
beforeAll(async () => {
  expected = await run(['sh', 'count.sh', '{item}'], 'count.sh', codeIn('sh'));
});

test('the worker in sh publishes the events that the page promises', () => {
  expect(Object.keys(expected).toSorted()).toEqual(['W1', 'W2']);
  expect(expected['W1']).toMatchObject([
    { t: 'spawn' },
    {
      t: 'hook',
      event: 'PreToolUse',
      text: 'W1 is counting a.txt',
      match: { tool: 'Read', path: 'a.txt' },
      until: 'done',
    },
    { t: 'progress', pct: 10, text: 'reading a.txt' },
    { t: 'hook', event: 'PostToolUse', text: 'a.txt has 2 lines' },
    { t: 'checkpoint', name: 'counted' },
    { t: 'done', result: '2 lines' },
    { t: 'exit', code: 0 },
  ]);
});

test.skipIf(!hasPython)('the worker in Python publishes the same', async () => {
  expect(await run(['python3', 'count.py', '{item}'], 'count.py', codeIn('python'))).toEqual(expected);
});

test('the worker in TypeScript publishes the same, and its types are right', async () => {
  const source = codeIn('ts');
  const { code } = await transform(source, { loader: 'ts', format: 'esm' });
  expect(await run([process.execPath, 'count.mjs', '{item}'], 'count.mjs', code)).toEqual(expected);
  const dir = tempDir();
  writeFileSync(join(dir, 'count.ts'), source);
  for (const name of ['worker.mjs', 'worker.d.mts'])
    symlinkSync(join(dirname(cliProgram), 'hooks', 'clients', name), join(dir, name));
  const check = (): string => {
    const options = '--noEmit --strict --module nodenext --target es2023 --types node --typeRoots'.split(' ');
    const types = join(repoRoot, 'node_modules', '@types');
    const result = spawnSync(join(repoRoot, 'node_modules', '.bin', 'tsc'), [...options, types, 'count.ts'], {
      cwd: dir,
    });
    return result.stdout.toString();
  };
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
  expect(check()).toBe('');
  writeFileSync(join(dir, 'count.ts'), source.replace('progress(10', "progress('ten'"));
  expect(check()).toContain('not assignable');
});

test('the page names every command and function that it lists', () => {
  const help = execFileSync(process.execPath, [cliProgram, 'help']).toString();
  for (const [, verb] of page.text.matchAll(/`fermata ([a-z-]+)/g))
    if (verb !== 'help') expect(help).toMatch(new RegExp(`^  ${verb} `, 'm'));
  const python = readFileSync(join(repoRoot, 'hooks', 'clients', 'fermata.py'), 'utf8');
  const javascript = readFileSync(join(repoRoot, 'hooks', 'clients', 'worker.mjs'), 'utf8');
  for (const [, cell] of page.text.matchAll(/^\| [^|]+ \| `(?:fermata|claude-code-hook)[^|]*\| (.*) \|$/gm))
    for (const [, name] of (cell ?? '').matchAll(/`(\w+)`/g)) {
      const known = new RegExp(`(?:def ${name}\\(|function\\*? ${name}\\(|as ${name},)`);
      expect(python + javascript, name).toMatch(known);
    }
});
