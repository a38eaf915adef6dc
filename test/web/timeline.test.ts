import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { timelineFacts } from '#protocol/timeline.ts';
import type { TimelineState } from '#protocol/messages.ts';
import { launchBrowser } from '#test/lib/browser.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { story, STORY_START, viewOf } from '#test/lib/timelineStory.ts';
import { HOSTILE } from './fixtures.ts';
import { servePanel, type PanelOptions } from './panelPage.ts';
import { themes, type ThemeName } from './themes.ts';
import { TimelinePage } from './timelinePage.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = join(repoRoot, 'out', 'screenshots');

let browser: Browser;
let server: Awaited<ReturnType<typeof servePanel>>;
let opened: TimelinePage[] = [];

beforeAll(async () => {
  await ensureRuntimes();
  mkdirSync(shots, { recursive: true });
  [browser, server] = await Promise.all([launchBrowser(), servePanel('timeline')]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

/** Every test fails on an uncaught error, a reported fault or a violation of the CSP. */
afterEach(async () => {
  const pages = opened;
  opened = [];
  for (const page of pages) expect(await page.close()).toEqual([]);
});

/** A session that has ended, so that nothing moves by itself. */
const ended = { session: { id: 'story', title: 'shop', live: false } };
const over: TimelineState = { view: story(ended) };

async function open(state?: TimelineState, options?: PanelOptions): Promise<TimelinePage> {
  const timeline = await TimelinePage.open(browser, server.url, options);
  opened.push(timeline);
  if (state) await timeline.show(state);
  return timeline;
}

/** The point at a second of the story and at a height in the picture, computed as the page does. */
async function pointOf(timeline: TimelinePage, second: number, lane: number): Promise<{ x: number; y: number }> {
  const box = await timeline.canvas.boundingBox();
  if (box === null) throw new Error('there is no picture');
  const gutter = Math.round(Math.min(240, Math.max(84, box.width * 0.22)));
  const length = 236;
  const share = (second + 0.02 * length) / (1.04 * length);
  return { x: box.x + gutter + share * (box.width - gutter), y: box.y + lane };
}

const CONDUCTOR_ROW = 39;

describe('what there is to see', () => {
  test('says that it loads, how much of a long log is read, and why there is nothing', async () => {
    const timeline = await open();
    expect(await timeline.page.innerText('[data-empty="loading"]')).toBe('Loading…');
    await timeline.show({ view: { ...story(), read: 0.42, lanes: [] } });
    expect(await timeline.page.innerText('[data-empty="loading"]')).toContain('Reading the log: 42%');
    await timeline.show({ view: viewOf([[0, { t: 'open', format: 1, nonce: 'x' }]]) });
    expect(await timeline.page.innerText('[data-empty="nothing"]')).toContain('Nothing has happened yet');
    await timeline.show({ error: 'The session is not there any more: its log was deleted.' });
    expect(await timeline.page.innerText('[role="alert"]')).toContain('its log was deleted');
    await timeline.show(over);
    expect(await timeline.page.innerText('h1')).toBe('Timeline of shop');
    expect(await timeline.page.innerText('.range')).toMatch(/09:30:00 to 09:33:56 · 3 min 56 s · 38 events/);
  });

  test('the legend names what there is, once for each look', async () => {
    const { page } = await open(over);
    const names = await page.locator('.legend li').allInnerTexts();
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['at work', 'held in place', 'refused', 'blocks', 'has a lock', 'handoff']),
    );
    expect(names).not.toContain('lost');
  });

  test('what was drawn together is said', async () => {
    const { page } = await open({ view: story({ ...ended, resolutionMs: 65_536 }) });
    expect(await page.innerText('footer')).toContain('What is shorter than 65 s and close together is drawn as one.');
  });
});

describe('with the mouse', () => {
  test('hovering shows what it is, a click asks for its line and leaves the focus here', async () => {
    const timeline = await open(over);
    const { page } = timeline;
    const held = await pointOf(timeline, 34, CONDUCTOR_ROW);
    await page.mouse.move(held.x, held.y);
    expect(await page.locator('.tip').innerText()).toMatch(
      /Claude held in place B1\s+09:30:24 to 09:30:44, 20 s\s+Read data1\.csv/,
    );
    await page.mouse.click(held.x, held.y);
    const line = timelineFacts(story(ended)).find(({ kind }) => kind === 'held')?.item.pos;
    expect(await timeline.opened()).toEqual([line]);
    expect(await timeline.cursor.getAttribute('data-fact')).toBe(`conductor held ${line}`);
    await page.keyboard.press('Escape');
    expect(await page.locator('.tip').count()).toBe(0);
  });

  test('a mark lies before what is under it, and a lane tells its whole task', async () => {
    const timeline = await open(over);
    const { page } = timeline;
    const decision = await pointOf(timeline, 130, CONDUCTOR_ROW);
    await page.mouse.move(decision.x, decision.y);
    expect(await page.locator('.tip').innerText()).toContain('decision ship: proceed');
    const box = await timeline.canvas.boundingBox();
    await page.mouse.move((box?.x ?? 0) + 30, (box?.y ?? 0) + 148);
    expect(await page.locator('.tip').innerText()).toContain(
      'Merge the results of all workers into one report for the weekly mail',
    );
  });

  test('zooms about the pointer, pans by dragging without asking for a line, and fits again', async () => {
    const timeline = await open(over);
    const { page } = timeline;
    const at = await pointOf(timeline, 130, CONDUCTOR_ROW);
    await page.mouse.move(at.x, at.y);
    await page.keyboard.down('Control');
    for (let i = 0; i < 5; i++) {
      const range = await page.innerText('.range');
      await page.mouse.wheel(0, -120);
      // a browser may handle it a moment later
      await expect.poll(() => page.innerText('.range')).not.toBe(range);
    }
    await page.keyboard.up('Control');
    expect(await page.getAttribute('main', 'data-mode')).toBe('free');
    // the item under the pointer has kept its position
    await page.mouse.move(at.x + 1, at.y);
    expect(await page.locator('.tip').innerText()).toContain('decision ship: proceed');
    const seen = await page.innerText('.range');
    await page.mouse.down();
    await page.mouse.move(at.x - 200, at.y, { steps: 5 });
    await page.mouse.up();
    expect(await page.innerText('.range')).not.toBe(seen);
    expect(await timeline.opened()).toEqual([]);
    // a press on the overview moves the viewport there
    const picture = await timeline.canvas.boundingBox();
    const edge = (picture?.y ?? 0) + (picture?.height ?? 0) - 5;
    await page.mouse.click((picture?.x ?? 0) + 225, edge);
    expect(await page.innerText('.range')).toContain('09:30:00 to');
    await page.mouse.click((picture?.x ?? 0) + (picture?.width ?? 0) - 4, edge);
    expect(await page.innerText('.range')).toContain('to 09:33:56');
    await page.click('[data-action="fit"]');
    expect(await page.innerText('.range')).toContain('09:30:00 to 09:33:56');
    await page.click('[data-action="zoom-in"]');
    expect(await page.getAttribute('main', 'data-mode')).toBe('free');
    await page.click('[data-action="zoom-out"]');
    expect(await page.getAttribute('main', 'data-mode')).toBe('fit');
  });
});

describe('with the keyboard', () => {
  test('one tab stop, arrows through time and lanes, and Enter asks for the line', async () => {
    const timeline = await open(over);
    const { page, cursor } = timeline;
    await cursor.focus();
    expect(await cursor.getAttribute('aria-label')).toBe('Claude, idle, 09:30:00 to 09:30:04, 4 s');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await cursor.getAttribute('aria-label')).toBe(
      'Claude, held in place, B1, 09:30:24 to 09:30:44, 20 s, Read data1.csv',
    );
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('cursor');
    // the tip shows the same text
    expect(await page.locator('.tip').innerText()).toContain('Read data1.csv');
    await page.keyboard.press('ArrowDown');
    expect(await cursor.getAttribute('aria-label')).toMatch(/^Process data1\.csv, /);
    await page.keyboard.press('End');
    expect(await cursor.getAttribute('aria-label')).toContain('done');
    await page.keyboard.press('Enter');
    const done = timelineFacts(story(ended)).find(({ kind, lane }) => kind === 'done' && lane.id === 'W1')?.item.pos;
    expect(await timeline.opened()).toEqual([done]);
    await page.keyboard.press('r');
    expect(await timeline.replayed()).toEqual([done]);
    await page.keyboard.press('s');
    const fact = timelineFacts(story(ended)).find(({ item }) => item.pos === done);
    expect(await timeline.read()).toEqual([['W1', fact?.from]]);
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowUp');
    expect(await cursor.getAttribute('aria-label')).toMatch(/^Claude/);
    await page.keyboard.press('Control+End');
    expect(await cursor.getAttribute('aria-label')).toMatch(/^You, blocks, B4/);
    await page.keyboard.press('Control+Home');
    expect(await cursor.getAttribute('aria-label')).toMatch(/^Claude, idle/);
  });

  test('every fact can be reached by arrow keys alone', async () => {
    const timeline = await open(over);
    const { page, cursor } = timeline;
    await cursor.focus();
    const reached = new Set<string | null>();
    const lanes = over.view?.lanes.length ?? 0;
    for (let lane = 0; lane < lanes; lane++) {
      await page.keyboard.press('Home');
      for (let before = ''; before !== (await cursor.getAttribute('data-fact'));) {
        before = (await cursor.getAttribute('data-fact')) ?? '';
        reached.add(before);
        await page.keyboard.press('ArrowRight');
      }
      await page.keyboard.press('ArrowDown');
    }
    const all = timelineFacts(story(ended)).map(({ lane, kind, item }) => `${lane.id} ${kind} ${item.pos}`);
    expect(reached).toEqual(new Set(all));
  });

  test('+ and - zoom, 0 fits, F follows, T shows the table; what has the focus stays in sight', async () => {
    const timeline = await open(over);
    const { page, cursor } = timeline;
    await cursor.focus();
    const mode = (): Promise<string | null> => page.getAttribute('main', 'data-mode');
    for (let i = 0; i < 6; i++) await page.keyboard.press('+');
    expect(await mode()).toBe('free');
    await page.keyboard.press('End');
    const box = await cursor.boundingBox();
    const picture = await timeline.canvas.boundingBox();
    expect(box?.x).toBeGreaterThan((picture?.x ?? 0) + 100);
    expect(box?.x).toBeLessThan((picture?.x ?? 0) + (picture?.width ?? 0) - 10);
    await page.keyboard.press('-');
    await page.keyboard.press('0');
    expect(await mode()).toBe('fit');
    await page.keyboard.press('f');
    expect(await mode()).toBe('follow');
    expect(await page.getAttribute('[data-action="follow"]', 'aria-pressed')).toBe('true');
    await page.keyboard.press('f');
    expect(await mode()).toBe('fit');
    await page.keyboard.press('t');
    await page.locator('table').waitFor();
  });
});

describe('the table', () => {
  test('has all facts of the picture, in the order of the log, and opens the same lines', async () => {
    const timeline = await open(over, { savedState: { table: true }, height: 1600 });
    const { page } = timeline;
    const facts = timelineFacts(story(ended));
    expect(await page.getAttribute('table', 'aria-rowcount')).toBe(String(facts.length + 1));
    expect(await page.locator('tbody tr[data-kind]').count()).toBe(facts.length);
    const kinds = await page
      .locator('tbody tr[data-kind]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-kind')));
    expect(kinds).toEqual(facts.map(({ kind }) => kind));
    const row = page.getByRole('row', { name: /Process data2\.csv vote ship: abort a price is missing/ });
    await row.getByRole('button').click();
    const line = facts.find(({ item }) => item.label === 'ship: abort')?.item.pos;
    expect(await timeline.opened()).toEqual([line]);
    await page.click('[data-action="replay"]');
    expect(await timeline.replayed()).toEqual([line]);
    await page.click('[data-action="transcript"]');
    expect((await timeline.read()).map(([lane]) => lane)).toEqual(['W2']);
  });

  test('is narrowed by words, walked through by arrow keys, and drawn only where it is in sight', async () => {
    const many = viewOf(
      Array.from({ length: 5000 }, (_, i) => [i, { t: 'checkpoint', worker: 'W1', name: `step ${i}` }] as const),
      ended,
    );
    const timeline = await open({ view: many }, { savedState: { table: true } });
    const { page } = timeline;
    expect(await page.locator('tbody tr[data-kind]').count()).toBeLessThan(80);
    await page.locator('tbody button[tabindex="0"]').focus();
    await page.keyboard.press('End');
    await page.locator('[data-index="1999"], tbody tr:last-child button:focus').first().waitFor();
    const label = (): Promise<string | null | undefined> =>
      page.evaluate(() => document.activeElement?.closest('tr')?.textContent);
    const last = await label();
    await page.keyboard.press('ArrowUp');
    expect(await label()).not.toBe(last);
    await page.keyboard.press('Home');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-index'))).toBe('0');
    await page.fill('[data-action="filter-facts"]', 'no such thing');
    expect(await page.innerText('.facts')).toContain('Nothing matches the filter.');
    await page.fill('[data-action="filter-facts"]', '');
    // a letter key types a letter in a text field
    await page.focus('[data-action="filter-facts"]');
    await page.keyboard.type('t');
    expect(await page.locator('table').count()).toBe(1);
  });
});

describe('as it lives', () => {
  test('follows what happens, and stays where it is while one looks at the past', async () => {
    const live = (seconds: number): TimelineState => ({
      view: story({ generatedTs: STORY_START + seconds * 1000, session: { id: 'story', title: 'shop', live: true } }),
    });
    const timeline = await open(live(240));
    const { page } = timeline;
    const range = (): Promise<string> => page.innerText('.range');
    await page.click('[data-action="follow"]');
    const before = await range();
    await timeline.show(live(300));
    expect(await range()).not.toBe(before);
    expect(await range()).toContain('to 09:35:0');
    // a viewport that was dragged into the past stays there
    const at = await pointOf(timeline, 130, CONDUCTOR_ROW);
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await page.mouse.move(at.x + 300, at.y, { steps: 4 });
    await page.mouse.up();
    const past = await range();
    await timeline.show(live(400));
    expect(await range()).toBe(past);
  });

  test('what has the focus keeps it when something new comes, though all is drawn anew', async () => {
    const timeline = await open(over);
    const { page, cursor } = timeline;
    await cursor.focus();
    await page.keyboard.press('ArrowDown');
    const focused = await cursor.getAttribute('data-fact');
    await timeline.show({ view: story({ ...ended, events: 99 }) });
    expect(await page.innerText('.range')).toContain('99 events');
    expect(await cursor.getAttribute('data-fact')).toBe(focused);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('cursor');
  });

  test('is as it was after a reload: zoom, place, focus, table, filter, legend', async () => {
    const first = await open(over, { height: 300 });
    await first.cursor.focus();
    for (let i = 0; i < 3; i++) await first.page.keyboard.press('+');
    await first.page.keyboard.press('Control+End');
    await first.page.locator('.legend summary').click();
    // a browser reports that a part was folded a moment later
    await expect.poll(() => first.saved()).toMatchObject({ session: 'story', legend: false, table: false });
    const saved = await first.saved();
    const range = await first.page.innerText('.range');
    const focused = await first.cursor.getAttribute('data-fact');
    const top = await first.page.locator('.scroller').evaluate((element) => element.scrollTop);
    expect(top).toBeGreaterThan(0);

    const second = await open(over, { height: 300, savedState: saved });
    expect(await second.page.innerText('.range')).toBe(range);
    expect(await second.cursor.getAttribute('data-fact')).toBe(focused);
    expect(await second.page.locator('.scroller').evaluate((element) => element.scrollTop)).toBe(top);
    expect(await second.page.locator('.legend').getAttribute('open')).toBe(null);
  });

  test.each([null, 'x', { looking: { mode: 'free', from: 2, to: 1 }, focus: 7, top: 'far', filter: {} }])(
    'a kept state that is none is left out: %j',
    async (savedState) => {
      const { page } = await open(over, { savedState });
      expect(await page.getAttribute('main', 'data-mode')).toBe('fit');
    },
  );

  test('what others wrote is text, and no text tears the page', async () => {
    const { html, markdown, ansi, bidi, long } = HOSTILE;
    const events = [
      [0, { t: 'spawn', worker: 'W1', task: html }],
      [1, { t: 'error', worker: 'W1', message: ansi + bidi }],
      [2, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: long }],
      [60, { t: 'checkpoint', worker: 'W1', name: markdown.replaceAll(/[\n\r\0]/g, ' ').slice(0, 500) }],
    ] as const;
    const timeline = await open({ view: viewOf(events, ended) });
    const { page } = timeline;
    await timeline.cursor.focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 't']) await page.keyboard.press(key);
    expect(await page.locator('table script, table img').count()).toBe(0);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(wide).toBe(false);
  });
});

const states: Record<string, { state?: TimelineState; savedState?: unknown }> = {
  loading: {},
  reading: { state: { view: { ...story(), read: 0.42, lanes: [] } } },
  nothing: { state: { view: viewOf([[0, { t: 'open', format: 1, nonce: 'x' }]]) } },
  error: { state: { error: 'Its log could not be read: permission denied' } },
  picture: { state: over },
  table: { state: over, savedState: { table: true } },
  noMatch: { state: over, savedState: { table: true, filter: 'no such thing' } },
};

const cases = (Object.keys(themes) as ThemeName[]).flatMap((theme) =>
  Object.keys(states).map((name) => ({ theme, name })),
);

test.each(cases)('has no accessibility violations: $name, $theme', async ({ theme, name }) => {
  const { state, savedState } = states[name] ?? {};
  const timeline = await open(state, { theme, savedState });
  const { page } = timeline;
  if (name === 'picture') {
    await timeline.cursor.focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.tip').waitFor();
  }
  await page.screenshot({ path: join(shots, `timeline-${name}-${theme}.png`), animations: 'disabled' });
  await page.evaluate(axeSource);
  const results = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
    return axe.run();
  });
  expect(results.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
});

test.each([320, 640, 1600])('fits into %i px', async (width) => {
  const { page } = await open(over, { width, height: 500 });
  await page.screenshot({ path: join(shots, `timeline-${width}.png`), animations: 'disabled' });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
});

test('the script stays below 60 KB', () => {
  expect(statSync(join(repoRoot, 'dist', 'webview', 'timeline.js')).size).toBeLessThanOrEqual(60_000);
});

describe('where the time went', () => {
  test('is a bar and a list that add up, with the change that would have saved most; a part opens its longest piece', async () => {
    const timeline = await open(over);
    const { page } = timeline;
    const bill = page.locator('.bill');
    const rows = await bill.locator('li').allInnerTexts();
    expect(rows.length).toBeGreaterThan(3);
    expect(rows.join('\n')).toContain('waiting for a worker: Process data1.csv');
    expect(rows.join('\n')).toContain('waiting for your answer');
    expect(await bill.locator('p').innerText()).toMatch(
      /The one change that would have saved most: without “.*” the session/,
    );
    const parts = over.view?.bill?.parts ?? [];
    expect(parts.reduce((sum, { ms }) => sum + ms, 0)).toBe(over.view?.bill?.totalMs);
    const widths = await bill
      .locator('.bill-bar span')
      .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().width));
    expect(widths).toHaveLength(parts.length);
    expect(widths.toSorted((a, b) => b - a)).toEqual(widths);
    await bill.locator('li button').first().click();
    expect(await timeline.opened()).toEqual([parts[0]?.pos]);
  });

  test('stays closed over a reload', async () => {
    const first = await open(over);
    await first.page.locator('.bill summary').click();
    await expect.poll(() => first.saved()).toMatchObject({ bill: false });
    const second = await open(over, { savedState: await first.saved() });
    expect(await second.page.locator('.bill').getAttribute('open')).toBeNull();
  });

  test.each([
    ['dark', 1000],
    ['light', 1000],
    ['dark', 420],
  ] as const)('in the theme %s, %d wide, nothing is cut or beside the page', async (theme, width) => {
    const timeline = await open(over, { theme, width });
    const { page } = timeline;
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.screenshot({ path: join(shots, `timeline-bill-${theme}-${width}.png`) });
  });
});
