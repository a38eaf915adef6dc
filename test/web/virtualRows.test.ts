import { expect, test } from 'vitest';
import type { PanelState, ToPanel } from '#protocol/messages.ts';
import type { ActivityView } from '#protocol/viewModel.ts';
import { NOW, panelState, view, worker } from './fixtures.ts';
import type { PanelPage } from './panelPage.ts';
import { panelStage } from './stage.ts';

const stage = panelStage();
const open = (state: PanelState): Promise<PanelPage> => stage(state, { savedState: { expanded: { activity: true } } });

const thousand = panelState({
  view: view({
    workers: Array.from({ length: 1000 }, (_, i) =>
      // rows of several heights
      worker(`W${i + 1}`, { task: `task ${i + 1} `.repeat(1 + (i % 7) * 3), progress: { pct: i % 100, at: NOW } }),
    ),
    counts: { running: 1000, ended: 0, needsYou: 0 },
  }),
});

/** Lines `from` to `to` of a log, newest first. */
const lines = (from: number, to: number): ActivityView[] =>
  Array.from({ length: to - from + 1 }, (_, i) => to - i).map((n) => ({
    pos: n * 100,
    ts: NOW,
    worker: 'W1',
    t: 'log',
    text: `line ${n}`,
  }));
const activity = (rows: ActivityView[], activityCut = true): PanelState =>
  panelState({ view: view({ activity: rows, ...(activityCut ? { activityCut } : {}) }) });

const rows = (panel: PanelPage, attribute: string): Promise<string[]> =>
  panel.page.$$eval(`[${attribute}]`, (all, name) => all.map((each) => each.getAttribute(name) ?? ''), attribute);
const focused = (panel: PanelPage): Promise<string | undefined> =>
  panel.page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']);

/** The rows that cover the middle of the window. */
const inSight = ({ page }: PanelPage): Promise<string | null | undefined> =>
  page.evaluate(() =>
    document
      .elementFromPoint(100, window.innerHeight / 2)
      ?.closest('[data-row]')
      ?.getAttribute('data-row'),
  );

test('of a thousand workers only those near are in the page, wherever it is scrolled, and each says which it is', async () => {
  const panel = await open(thousand);
  // rows of 22 px in sight, near it, and of the chunks at both ends
  expect((await rows(panel, 'data-worker')).length).toBeLessThan(150);
  const first = panel.page.locator('[data-worker="W1"]');
  expect([await first.getAttribute('aria-posinset'), await first.getAttribute('aria-setsize')]).toEqual(['1', '1000']);
  for (let step = 1; step <= 20; step++) {
    await panel.page.evaluate((share) => window.scrollTo(0, document.body.scrollHeight * share), step / 21);
    await expect.poll(() => inSight(panel)).toMatch(/^W\d+$/);
    // rows of 22 px in sight, near it, and of the chunks at both ends
    expect((await rows(panel, 'data-worker')).length).toBeLessThan(150);
  }
});

test('End, Home and the arrows lead to rows that were not in the page; the current one stays in it', async () => {
  const panel = await open(thousand);
  const { page } = panel;
  await page.focus('[data-worker="W1"]');
  await page.keyboard.press('End');
  await expect.poll(() => focused(panel)).toBe('W1000');
  await expect
    .poll(() => page.locator('[data-worker="W1000"]').evaluate((e) => e.getBoundingClientRect().bottom))
    .toBeLessThan(901);
  for (let i = 0; i < 60; i++) await page.keyboard.press('ArrowUp');
  await expect.poll(() => focused(panel)).toBe('W940');
  // the focused row stays in the page when it is scrolled away
  await page.evaluate(() => window.scrollTo(0, 0));
  await page.waitForSelector('[data-worker="W2"]');
  expect(await focused(panel)).toBe('W940');
  await page.keyboard.press('Home');
  await expect.poll(() => focused(panel)).toBe('W1');
  expect(await page.locator('[data-section="workers"] [data-row][tabindex="0"]').count()).toBe(1);
});

test('what a row is drawn anew for does not move what somebody reads', async () => {
  const panel = await open(thousand);
  await panel.page.evaluate(() => window.scrollTo(0, 20_000));
  // until nothing moves any more
  let before: string | null | undefined;
  const isAtRest = async (): Promise<boolean> => {
    const last = before;
    before = await inSight(panel);
    return last !== undefined && last === before;
  };
  await expect.poll(isAtRest).toBe(true);
  expect(before).toMatch(/^W\d+$/);
  await panel.show(thousand);
  expect(await inSight(panel)).toBe(before);
});

test('older activity comes by a click as often as there is some, and none of it is asked for twice', async () => {
  const panel = await open(activity(lines(801, 1000)));
  const { page } = panel;
  const older = page.locator('[data-action="older"]');
  const answer = async (rowsOfPage: ActivityView[], before: number, more: boolean): Promise<void> => {
    const message: ToPanel = { type: 'older', session: 'S-alpha', before, rows: rowsOfPage, more };
    await page.evaluate((data) => window.postMessage(data, '*'), message);
  };
  const asked = (): Promise<number[]> =>
    page.evaluate(() => window.posted.flatMap((each) => (each.type === 'older' ? [each.before] : [])));
  await older.click();
  expect(await asked()).toEqual([80_100]);
  // an answer to another request is ignored
  await answer(lines(1, 5), 7, false);
  await answer(lines(301, 800), 80_100, true);
  const size = (): Promise<string | null> => page.locator('[data-activity]').first().getAttribute('aria-setsize');
  await expect.poll(size).toBe('700');
  // new rows appear in front, and the loaded ones stay
  await panel.show(activity(lines(806, 1005)));
  await expect.poll(size).toBe('705');
  await page.evaluate(() => window.scrollTo(0, 0));
  await expect.poll(async () => (await rows(panel, 'data-activity'))[0]).toBe('100500');
  await older.click();
  await answer(lines(1, 300), 30_100, false);
  await expect.poll(size).toBe('1005');
  expect(await older.count()).toBe(0);
  expect(await asked()).toEqual([80_100, 30_100]);
  expect((await rows(panel, 'data-activity')).length).toBeLessThan(160);
  // the search covers all rows
  await page.fill('[data-action="filter"]', 'line 7');
  await expect.poll(size).toBe('111');
  await page.fill('[data-action="filter"]', 'line 77 ');
  await expect
    .poll(() => rows(panel, 'data-activity'))
    .toEqual(
      lines(770, 779)
        .concat(lines(77, 77))
        .map(({ pos }) => String(pos)),
    );
});

test('after a gap the rest is asked for anew; a moment of the past shows nothing of what came after it', async () => {
  const panel = await open(activity(lines(1, 200), false));
  expect(await panel.page.locator('[data-action="older"]').count()).toBe(0);
  await panel.show(activity(lines(801, 1000)));
  const size = (): Promise<string | null> => panel.page.locator('[data-activity]').first().getAttribute('aria-setsize');
  expect(await size()).toBe('200');
  expect(await panel.page.locator('[data-action="older"]').count()).toBe(1);
  await panel.show(activity(lines(751, 950)));
  expect(await rows(panel, 'data-activity')).not.toContain('100000');
});
