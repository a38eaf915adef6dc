import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PanelState } from '#protocol/messages.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { busy, busyView, heldCall, NOW, panelState, reason, view, worker } from './fixtures.ts';
import type { PanelPage } from './panelPage.ts';
import { panelStage } from './stage.ts';

const stage = panelStage();
const open = (state: PanelState): Promise<PanelPage> => stage(state, { savedState: { expanded: { activity: true } } });

const rowsOf = (panel: PanelPage, attribute: string): Promise<(string | null)[]> =>
  panel.page.$$eval(`[${attribute}]`, (rows, name) => rows.map((row) => row.getAttribute(name)), attribute);

const runs = panelState({
  view: view({
    calls: [heldCall({ reasons: [reason('B1', { from: 'W5' })] })],
    workers: [
      ...['W1', 'W2', 'W3'].map((id) => worker(id, { run: 'R1', state: 'done', endedTs: NOW })),
      worker('W4', { run: 'R2', task: 'Load data4.csv' }),
      worker('W5', { run: 'R2' }),
      worker('W6', { parent: 'W4' }),
      ...['W7', 'W8', 'W9'].map((id) => worker(id, { run: 'R3', state: 'failed', endedTs: NOW })),
    ],
  }),
});

test('workers stand by run, runs with work left first, in them what needs the person first', async () => {
  const panel = await open(runs);
  expect(await rowsOf(panel, 'data-run')).toEqual(['R2', 'R1', 'R3']);
  expect((await rowsOf(panel, 'data-worker')).slice(0, 3)).toEqual(['W5', 'W4', 'W7']);
});

test('a run folds by click and by Enter, and stays folded when the page comes back', async () => {
  const panel = await open(runs);
  await panel.page.click('[data-run="R2"] button');
  expect(await rowsOf(panel, 'data-worker')).not.toContain('W5');
  await panel.page.focus('[data-run="R2"]');
  await panel.page.keyboard.press('Enter');
  expect(await rowsOf(panel, 'data-worker')).toContain('W5');
  await panel.page.keyboard.press('Enter');
  expect(await panel.page.evaluate(() => JSON.stringify(window.savedState))).toContain('"run:R2":false');
});

test('workers are found by text and by state, and Escape empties the search', async () => {
  const panel = await open(runs);
  await panel.page.click('[data-action="search-workers"]');
  await panel.page.fill('[data-action="filter-workers"]', 'DATA4');
  expect(await rowsOf(panel, 'data-worker')).toEqual(['W4']);
  await panel.page.keyboard.press('Escape');
  await panel.page.selectOption('[data-action="filter-state"]', 'needsYou');
  expect(await rowsOf(panel, 'data-worker')).toEqual(['W5', 'W7', 'W8', 'W9']);
  await panel.page.selectOption('[data-action="filter-state"]', 'ended');
  expect(await rowsOf(panel, 'data-worker')).not.toContain('W4');
  await panel.page.fill('[data-action="filter-workers"]', 'nothing like that');
  expect(await panel.page.innerText('[data-section="workers"] .hint')).toContain('Nothing matches');
});

test('a row of the activity leads to its line in the log, by click and by Enter', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-activity="59"] button');
  await panel.page.focus('[data-activity="59"]');
  await panel.page.keyboard.press('ArrowDown');
  await panel.page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([59, 58].map((pos) => ({ action: 'openEvents', session: 'S-alpha', pos })));
});

test('whoever reads holds the list; what came meanwhile is counted and comes with a click', async () => {
  const panel = await open(busy);
  const follow = panel.page.locator('[data-action="follow"]');
  await follow.click();
  const later = { pos: 99, ts: NOW, worker: 'W1', t: 'progress', text: 'much later' };
  await panel.show({ ...busy, view: { ...busyView, activity: [later, ...busyView.activity] } });
  expect(await panel.page.getByText('much later').count()).toBe(0);
  expect(await follow.innerText()).toBe('Follow (1 new)');
  expect(await follow.getAttribute('aria-pressed')).toBe('false');
  await follow.click();
  expect((await rowsOf(panel, 'data-activity'))[0]).toBe('99');
});

test('a deadlock is drawn as a circle, and each of its locks can be broken there', async () => {
  const cycle = [
    { worker: 'W1', resource: 'db' },
    { worker: 'W2', resource: 'cache' },
  ];
  const text = 'W1 waits for db, W2 waits for cache: none of them can go on.';
  const panel = await open(panelState({ view: view({ notices: [{ id: 'c', kind: 'cycle', text, cycle }] }) }));
  const rows = panel.page.locator('.cycle > li');
  expect(await rows.allInnerTexts()).toEqual([expect.stringMatching(/W1\s+db/), expect.stringMatching(/W2\s+cache/)]);
  const second = rows.nth(1).locator('[data-action="break-lock"]');
  await second.click();
  await second.click();
  expect(await panel.intents()).toEqual([{ action: 'breakLock', session: 'S-alpha', resource: 'cache' }]);
  await panel.page.screenshot({ path: join(repoRoot, 'out', 'screenshots', 'cycle-dark-320.png') });
});

test('the pipeline says who waits for whom, stage after stage, and is not there without one', async () => {
  const panel = await open(busy);
  const stages = panel.page.locator('[data-section="pipeline"] [data-stage]');
  expect(await stages.evaluateAll((all) => all.map((each) => each.querySelectorAll('[data-step]').length))).toEqual([
    2, 1, 1,
  ]);
  expect(await panel.page.innerText('[data-step="W6"]')).toMatch(
    /after\s+Load data1\.csv into the staging table\s+Load data2\.csv\s+has ended\s+Rebuild the search index\s+when ship is decided/,
  );
  expect(await panel.page.innerText('[data-step="W2"]')).toMatch(
    /hands on to\s+Rebuild the search index\s+rows of data2\.csv/,
  );
  // one tab stop, and the arrow keys move across the stages
  await panel.page.focus('[data-step="W2"]');
  await panel.page.keyboard.press('ArrowDown');
  const focused = panel.page.locator(':focus');
  expect(await focused.getAttribute('aria-label')).toBe('Stage 2: Rebuild the search index, waiting');
  await panel.show(panelState());
  expect(await panel.page.locator('[data-section="pipeline"]').count()).toBe(0);
});

test('with room the stages of a pipeline stand side by side', async () => {
  const panel = await stage(busy, { width: 800 });
  const tops = await panel.page
    .locator('[data-stage]')
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().y));
  expect(new Set(tops).size).toBe(1);
});

test('a lock says who has lost it, why, and whether they know', async () => {
  const panel = await open(busy);
  expect(await panel.page.innerText('[data-lock="db"] [data-former="W5"]')).toMatch(
    /lost by\s+Lint the migration scripts\s+lease expired\s+\d+ \w+ ago\s+not told yet/,
  );
  expect(await panel.page.getAttribute('[data-lock="db"] [data-former="W5"]', 'title')).toBe('token 12');
  expect(await panel.page.innerText('[data-lock="db"] [data-former="W2"]')).toMatch(/broken by user[\s\S]*\btold$/);
});
