import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { approve } from '#core/plans/rules/approval.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';
import { formatDryRun, dryRun } from '#core/plans/rules/dryRun.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function stage(...rules: unknown[]): { home: string; project: string } {
  const root = tempDir();
  const project = join(root, 'project');
  mkdirSync(join(project, '.fermata'), { recursive: true });
  mkdirSync(join(project, 'data'));
  for (const name of ['1.csv', '2.csv']) writeFileSync(join(project, 'data', name), '');
  writeFileSync(join(project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules }));
  return { home: join(root, 'home'), project };
}

const count = {
  name: 'count',
  prompt: 'count all',
  forEach: { files: 'data/*.csv' },
  workers: [
    {
      name: 'one',
      task: 'Count {item}',
      run: ['wc', '-l', '{item}'],
      guard: [{ tool: 'Read', path: '{item}', reason: '{worker} counts' }],
      resources: ['disk', { name: 'cache', mode: 'shared' }],
      timeout: '5m',
      retries: 2,
    },
    {
      task: 'Sum up',
      once: true,
      kind: 'claude',
      prompt: 'Sum up',
      allowedTools: ['Read'],
      after: ['one'],
      critical: true,
    },
  ],
};

test('a dry run shows the workers that would start, and starts none', () => {
  const { home, project } = stage(count);
  const trial = dryRun(home, project, { 'count (?<items>.+)': 'wc {item}' }, 'Count all');
  expect(trial.matches.map((m) => [m.rule, m.approved, m.workers.map((w) => w.worker)])).toEqual([
    ['count', false, ['W1', 'W2', 'W3']],
    ['count (?<items>.+)', false, ['W4']],
  ]);
  expect(formatDryRun(trial, 'Count all').split('\n').slice(0, 15)).toEqual([
    '"Count all" meets 2 rules and would start 4 workers. Nothing was started.',
    '',
    `count (${join(project, '.fermata', 'rules.json')}; not approved, so it would start nothing yet)`,
    '  W1  Count data/1.csv',
    '      wc -l data/1.csv',
    '      holds back Read of data/1.csv until done: W1 counts',
    '      needs disk, cache (shared); at most 5 min; up to 2 further attempts',
    '  W2  Count data/2.csv',
    '      wc -l data/2.csv',
    '      holds back Read of data/2.csv until done: W2 counts',
    '      needs disk, cache (shared); at most 5 min; up to 2 further attempts',
    '  W3  Sum up',
    '      Claude: "Sum up" (tools: Read)',
    '      after ok:W1, ok:W2',
    '      its failing holds the end of the turn',
  ]);
  expect(readdirSync(project)).toEqual(['.fermata', 'data']);
});

test('it shows approval, a prompt without a match, and the problems of rules', () => {
  const { home, project } = stage({ name: 'slow', prompt: '(a+)+$', workers: [{ run: ['x'] }] }, { name: 'bad' });
  const prompt = `${'a'.repeat(50)}b`;
  const trial = dryRun(home, project, {}, prompt);
  expect(trial.problems).toEqual([
    expect.stringContaining('bad: line 1: prompt is missing') as string,
    expect.stringContaining('slow: its pattern takes too long') as string,
  ]);
  expect(formatDryRun(trial, prompt)).toContain('meets no rule. Nothing would start.');
  approve(home, project, readRulesFile(project)?.sha256 ?? '');
  expect(dryRun(home, project, {}, 'aaa').matches).toMatchObject([{ rule: 'slow', approved: true }]);
});
