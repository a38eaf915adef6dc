import { describe, expect, test } from 'vitest';
import { overflowing } from './overflow.ts';
import { panelStage } from './stage.ts';
import { states } from './states.ts';

const open = panelStage();

describe.each([170, 200, 240, 300, 480, 640, 900, 1200])('%i px wide', (width) => {
  test('nothing stands out of the page, is cut off or covers anything, in any state', async () => {
    const panel = await open(undefined, { width, height: 6000, savedState: { expanded: { activity: true } } });
    for (const [name, state] of Object.entries(states)) {
      await panel.show(state);
      expect(await overflowing(panel.page), name).toEqual([]);
    }
  });

  test('nor while it asks back and a word is written', async () => {
    const { page } = await open(states.busy, { width, height: 6000 });
    await page.click('[data-worker="W1"] [data-action="abort"]');
    await page.click('[data-action="abort-session"]');
    await page.click('[data-lock="db"] [data-action="break-lock"]');
    await page.click('[data-blocks="B1"] [data-action="let-run-and-say"]');
    await page.click('[data-worker="W4"] [data-action="message"]');
    expect(await overflowing(page)).toEqual([]);
  });
});

test.each([300, 600])(
  'at 200 %% zoom, %i px wide on the screen, all of it fits and is twice as big',
  async (screen) => {
    // the editor's zoom leaves half as many CSS pixels, each twice as big
    const panel = await open(undefined, { width: screen / 2 < 170 ? 170 : screen / 2, height: 6000 });
    for (const [name, state] of Object.entries(states)) {
      await panel.show(state);
      expect(await overflowing(panel.page), name).toEqual([]);
    }
  },
);

test('the editor’s font and its size are the panel’s, and lengths follow', async () => {
  const { page } = await open(states.busy, { width: 400, height: 6000 });
  const fontOf = (selector: string): Promise<string> =>
    page.$eval(selector, (each) => `${getComputedStyle(each).fontSize} ${getComputedStyle(each).fontFamily}`);
  const parts = ['.card-text', '[data-action="let-run"]', 'input', '.activity-row', '.worker-name'];
  await page.click('[data-section="activity"] summary');
  await page.waitForSelector('.activity-row');
  await page.evaluate(() => {
    document.documentElement.style.setProperty('--vscode-font-family', 'monospace');
    document.documentElement.style.setProperty('--vscode-font-size', '22px');
  });
  for (const part of parts) expect(await fontOf(part), part).toBe('22px monospace');
  expect(await overflowing(page)).toEqual([]);
});

test('nothing moves by itself, and with reduced motion, by the system’s wish or the editor’s, no bar slides either', async () => {
  const { page } = await open(states.busy);
  const slides = (): Promise<boolean> =>
    page.evaluate(() => {
      const bar = document.querySelector('.fill');
      return bar === null ? undefined : getComputedStyle(bar).transitionDuration !== '0s';
    }) as Promise<boolean>;
  expect(await slides()).toBe(false);
  await page.emulateMedia({ reducedMotion: 'no-preference' });
  await expect.poll(slides).toBe(true);
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
  await page.evaluate(() => document.body.classList.add('vscode-reduce-motion'));
  await expect.poll(slides).toBe(false);
});

test('by the keyboard alone: from the session to a release with a word, an abort and a vote', async () => {
  const panel = await open(states.busy, { height: 1200 });
  const { page } = panel;
  /** Presses Tab until the focus is on an element that matches the selector. */
  const tabTo = async (selector: string): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate((target) => document.activeElement?.matches(target) === true, selector)) return;
    }
    throw new Error(`40 times Tab did not lead to ${selector}`);
  };
  await tabTo('[data-blocks="B1"]');
  await tabTo('[data-blocks="B1"] [data-action="let-run-and-say"]');
  await page.keyboard.press('Enter');
  await page.keyboard.type('only the first rows');
  await page.keyboard.press('Enter');
  // the focus is back at the card's button
  await tabTo('[data-section="workers"] summary');
  await tabTo('[data-worker="W1"]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Enter');
  await tabTo('[data-ballot="ship"]');
  await tabTo('[data-ballot="ship"] [data-action="vote"]');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([
    { action: 'letRun', session: 'S-alpha', call: 'held toolu_7', word: 'only the first rows' },
    { action: 'abortWorker', session: 'S-alpha', worker: 'W4' },
    { action: 'castVote', session: 'S-alpha', ballot: 'ship', decision: 'proceed' },
  ]);
});

test.each([
  ['stands out of the page', 'min-width: 400px'],
  ['is cut off', 'width: 20px; white-space: nowrap'],
  ['covers another', 'margin-inline-start: -40px'],
])('a button that %s is found', async (_name, style) => {
  const { page } = await open(states.busy, { width: 320, height: 6000 });
  await page.$eval(
    '[data-blocks="B2"] [data-action="let-run-and-say"]',
    (each, css) => (each.style.cssText = css),
    style,
  );
  expect(await overflowing(page)).not.toEqual([]);
});
