import { expect, test } from 'vitest';
import { parseRules } from '#core/plans/rules/rules.ts';
import type { RulesText } from '#core/plans/rules/rulesFile.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { rulesNotices } from '#extension/rules/folderRules.ts';
import { nextViewChange } from '#extension/windowRenderer.ts';
import { describeSummary, isShown, summarize } from '#extension/status/summary.ts';

test('the status bar counts in words and hides when nothing goes on', () => {
  const idle = { sessions: 1, workers: 0, blocks: 0, needsYou: 0 };
  expect(describeSummary({ ...idle, workers: 3, blocks: 1 }, 0)).toBe('3 workers · 1 block');
  expect(describeSummary(idle, 0)).toBe('Fermata');
  const held = { tool: 'Read', sinceTs: 1000 };
  expect(describeSummary({ ...idle, blocks: 1, held }, 13_000)).toBe('Read held 12 s · 1 block');
  expect([isShown('active', idle), isShown('always', idle), isShown('never', { ...idle, workers: 1 })]).toEqual([
    false,
    true,
    false,
  ]);
});

test('a block that sets a limit counts while it holds a call, since it stands all the time', () => {
  const views = (holding?: object): ViewModel[] => {
    const blocks = [{ standing: true, limit: true, holding }, { standing: true }];
    return [{ session: { live: true }, counts: { running: 0 }, blocks } as unknown as ViewModel];
  };
  expect(summarize(views(), { needsYou: 0 }).blocks).toBe(1);
  expect(summarize(views({ tool: 'Bash', sinceTs: 1 }), { needsYou: 0 }).blocks).toBe(2);
});

test('the next change is the first worker to fall silent or block to come due', () => {
  const view = {
    generatedTs: 1000,
    session: { conductor: { state: 'working' }, lastSignTs: 1000 },
    workers: [
      { id: 'W1', state: 'running', silent: false, lastTs: 500 },
      { id: 'W2', state: 'done', silent: false, lastTs: 100 },
    ],
    blocks: [{ standing: true, dueTs: 900 }],
    notices: [{ id: 'n1', dueTs: 12_000 }],
  } as unknown as ViewModel;
  expect(nextViewChange(view, 10)).toBe(10_501);
  expect(nextViewChange({ ...view, workers: [] }, 10)).toBe(12_000);
  // without any sign of life a session at work is quiet
  expect(nextViewChange({ ...view, workers: [], notices: [] }, 10)).toBe(301_001);
  const idle = { conductor: { state: 'idle' } } as ViewModel['session'];
  expect(nextViewChange({ ...view, session: idle, workers: [], notices: [] }, 10)).toBeUndefined();
});

test('rules say what is wrong with them and that they wait', () => {
  const rule = { name: 'a', prompt: 'x', workers: [{ run: ['true'] }] };
  const text: RulesText = {
    source: '/p/.fermata/rules.json',
    sha256: 'x',
    ...parseRules(JSON.stringify({ version: 1, rules: [rule, {}] })),
  };
  expect(rulesNotices([{ folder: '/p', text, approved: false }]).map(({ action }) => action)).toEqual([
    'openRules',
    'approveRules',
  ]);
  expect(rulesNotices([{ folder: '/p', text, approved: true }]).map(({ action }) => action)).toEqual(['openRules']);
});
