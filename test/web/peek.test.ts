import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { describe, expect, test } from 'vitest';
import type { PeekView } from '#protocol/peek.ts';
import { NOW, panelState, session, view, worker } from './fixtures.ts';
import { overflowing } from './overflow.ts';
import { expectPicture, goldenFonts, picturesAreComparable } from './pictures.ts';
import type { PanelOptions, PanelPage } from './panelPage.ts';
import { panelStage } from './stage.ts';
import { themes, type ThemeName } from './themes.ts';

// A closer look at an agent: opened and closed by the keyboard, kept up to date, answered by the test in the extension's place.

const stage = panelStage({ fonts: goldenFonts });
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SECOND = 1000;

const state = panelState({
  view: view({
    session: session({
      transcript: { tokens: { input: 84_000, output: 2100, cacheRead: 0 }, contextTokens: 84_120, costUsd: 1.5 },
    }),
    workers: [worker('W1', { task: 'Load data1.csv' }), worker('a1', { task: 'Review payments', kind: 'subagent' })],
  }),
});

const looked: PeekView = {
  session: 'S-alpha',
  worker: 'a1',
  prompt: 'Review the payment module. Look for places where an amount is rounded twice.',
  steps: [
    { kind: 'words', ts: NOW - 80 * SECOND, text: 'I start with the cart, where most amounts are made.' },
    { kind: 'call', ts: NOW - 70 * SECOND, text: 'Read src/cart.ts' },
    { kind: 'result', ts: NOW - 69 * SECOND, text: 'export const total = (lines) => lines.reduce(...)' },
    { kind: 'call', ts: NOW - 50 * SECOND, text: 'Bash: npm test' },
    { kind: 'result', ts: NOW - 31 * SECOND, text: 'Exit code 1: 2 tests failed', failed: true },
    { kind: 'words', ts: NOW - 20 * SECOND, text: 'Two tests fail before any change.' },
  ],
  calls: [
    { tool: 'Bash', text: 'psql -f migrations/0042_split_orders.sql \\\n  --dbname shop', sinceTs: NOW - 12 * SECOND },
  ],
  tokens: { input: 40_000, output: 900 },
  contextTokens: 38_200,
  transcript: 'read',
};

const open = (options?: PanelOptions): Promise<PanelPage> => stage(state, options);

/** Answers as the extension does. */
const answer = ({ page }: PanelPage, peek: Partial<PeekView> = {}): Promise<void> =>
  page.evaluate((message) => window.postMessage(message, '*'), { type: 'peek', ...looked, ...peek });

const asked = ({ page }: PanelPage): Promise<unknown[]> =>
  page.evaluate(() => window.posted.filter(({ type }) => type === 'peek'));

async function openPeek(panel: PanelPage, peek?: Partial<PeekView>): Promise<void> {
  const { length: before } = await asked(panel);
  await panel.page.focus('[data-worker="a1"]');
  await panel.page.keyboard.press('Space');
  await panel.frames();
  await panel.page.waitForSelector('.peek:focus');
  await panel.frames();
  // once it has asked it takes an answer
  await panel.page.waitForFunction(
    (count) => window.posted.filter(({ type }) => type === 'peek').length > count,
    before,
  );
  await answer(panel, peek);
  await panel.page.waitForSelector('.peek:not(:has-text("Reading"))');
}

test('what Claude Code itself counts stands in place of what its transcript shows, with its source', async () => {
  const panel = await open();
  const usage = {
    ts: NOW - 5 * SECOND,
    source: 'Claude Code',
    contextTokens: 84_000,
    contextWindow: 200_000,
    costUsd: 1.5,
    limits: [
      { kind: 'five_hour', pct: 37.6, resetsTs: NOW + 3600 * SECOND },
      { kind: 'other', pct: 2 },
    ],
  };
  await openPeek(panel, { usage });
  const line = panel.page.locator('.peek [data-usage]');
  expect(await line.innerText()).toMatch(
    /^42% of 200K tokens in context · \$1\.50 so far · Limit of five hours: 38% used, until .+ · other: 2% used$/,
  );
  expect(await line.getAttribute('title')).toMatch(/^Counted by Claude Code, /);
  expect(await panel.page.innerText('.peek')).not.toContain('38K');
});

test('Space opens it below its row with the focus in it, and Space or Escape close it; then the row has the focus', async () => {
  const panel = await open();
  const { page } = panel;
  for (const key of ['Space', 'Escape']) {
    await openPeek(panel);
    expect(await page.getAttribute('[data-worker="a1"] [data-action="peek"]', 'aria-expanded')).toBe('true');
    expect(await page.innerText('.peek')).toContain('rounded twice');
    await page.keyboard.press(key);
    await page.waitForSelector('.peek', { state: 'detached' });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-worker'))).toBe('a1');
  }
  expect(await panel.intents()).toEqual([]);
});

test('the arrows stay in it, and a reply is sent to the agent', async () => {
  const panel = await open();
  await openPeek(panel);
  await panel.page.keyboard.press('ArrowUp');
  expect(await panel.page.locator('.peek:focus').count()).toBe(1);
  await panel.page.fill('.peek input', 'leave  the tests as they are');
  await panel.page.keyboard.press('Enter');
  await panel.page.click('.peek [data-action="open-transcript"]');
  expect(await panel.intents()).toEqual([
    { action: 'sendMessage', session: 'S-alpha', worker: 'a1', word: 'leave  the tests as they are' },
    { action: 'openTranscript', session: 'S-alpha', worker: 'a1' },
  ]);
});

test('it asks again while it is open, takes no answer about another agent, and asks no more when it is closed', async () => {
  const panel = await open({ from: NOW });
  const { page } = panel;
  await openPeek(panel);
  expect(await asked(panel)).toEqual([{ type: 'peek', session: 'S-alpha', worker: 'a1' }]);
  await page.clock.runFor(1000);
  expect(await asked(panel)).toHaveLength(2);
  await answer(panel, { worker: 'W1', prompt: 'of another' });
  await answer(panel, { prompt: 'of this one' });
  await page.waitForSelector('.peek:has-text("of this one")');
  await page.keyboard.press('Escape');
  await page.clock.runFor(5000);
  expect(await asked(panel)).toHaveLength(2);
});

test('what is not known is said', async () => {
  const panel = await open();
  await openPeek(panel, { steps: [], calls: [], transcript: 'missing', prompt: undefined });
  expect(await panel.page.innerText('.peek')).toContain('There is no transcript of it');
});

test('texts of others are harmless', async () => {
  const panel = await open();
  const text = '<img src=x onerror=alert(1)> \u202egnp.exe **bold** [link](command:x)';
  await openPeek(panel, {
    prompt: text,
    steps: [{ kind: 'words', ts: NOW, text }],
    calls: [{ tool: text, text, sinceTs: NOW }],
  });
  expect(await panel.page.locator('.peek img, .peek a').count()).toBe(0);
  expect(await panel.page.innerText('.peek')).toContain('⟨U+202E⟩gnp.exe');
});

test('it reads as it did', async () => {
  const panel = await open({ height: 6000 });
  await openPeek(panel);
  const text = await panel.page.locator('[data-worker="a1"]').ariaSnapshot();
  await expect(`${text}\n`).toMatchFileSnapshot('golden/peek.yml');
});

test.each([170, 250, 320, 500, 900])('%i px wide nothing stands out of the page', async (width) => {
  const panel = await open({ width, height: 3000 });
  await openPeek(panel);
  expect(await overflowing(panel.page)).toEqual([]);
});

describe.each(Object.keys(themes) as ThemeName[])('in %s', (theme) => {
  test('axe finds nothing', async () => {
    const panel = await open({ theme });
    await openPeek(panel);
    await panel.page.evaluate(axeSource);
    const found = await panel.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    });
    expect(found).toEqual([]);
  });
});

const pictures: [ThemeName, number][] = [
  ['dark', 250],
  ['dark', 320],
  ['light', 320],
  ['hc-dark', 500],
];

test.runIf(picturesAreComparable).each(pictures)('in %s, %i px wide, it looks as it did', async (theme, width) => {
  const panel = await open({ theme, width, height: 1000 });
  await openPeek(panel);
  const png = await panel.page.locator('[data-worker="a1"]').screenshot({ animations: 'disabled' });
  await expectPicture(panel.page, `peek-${theme}-${width}.png`, png);
});
