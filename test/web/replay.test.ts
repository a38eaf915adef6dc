import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Locator } from 'playwright-core';
import { expect, test } from 'vitest';
import type { PanelState } from '#protocol/messages.ts';
import type { ReplayView } from '#protocol/replay.ts';
import { NOW, busy, past, reading } from './fixtures.ts';
import { panelStage } from './stage.ts';
import type { ThemeName } from './themes.ts';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const open = panelStage();

const session = 'S-alpha';
const at = (changes: Partial<ReplayView>): PanelState => ({
  ...past,
  replay: { ...past.replay, ...changes } as ReplayView,
});
const positionAt = (event: number): Partial<ReplayView> => ({ position: { event, pos: event * 100, ts: NOW } });

/** Waits until an element has the focus. */
const focusOn = (element: Locator): Promise<void> => element.and(element.page().locator(':focus')).waitFor();

test('a session can be replayed, and its log is read with the present still at hand', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-action="replay"]');
  expect(await panel.intents()).toEqual([{ action: 'replay', session }]);
  await panel.show(reading);
  expect(await panel.page.getAttribute('.replay [role="progressbar"]', 'aria-valuenow')).toBe('43');
  expect(await panel.page.locator('[data-action="release"]').count()).toBeGreaterThan(0);
  await panel.page.click('[data-action="back-to-now"]');
  expect((await panel.intents()).at(-1)).toEqual({ action: 'backToNow' });
});

test('the past is marked, says its time, and nothing can be done to it', async () => {
  const panel = await open(past);
  const { page } = panel;
  await page.waitForSelector('main[data-past]');
  expect(await page.innerText('.replay')).toMatch(/The past\s+Back to now[^]*22.*:30:00/);
  const actions = await page.$$eval('button[data-action]', (all) => all.map((each) => each.dataset['action']));
  for (const acts of [
    'release',
    'release-all',
    'let-run-and-say',
    'deny-call',
    'more-answers',
    'abort',
    'abort-session',
    'message',
    'break-lock',
    'vote',
    'allow',
    'dismiss',
  ])
    expect(actions, acts).not.toContain(acts);
  expect(await page.locator('.message-form').count()).toBe(0);
  // actions that only show something stay
  expect(actions).toContain('log');
  await panel.show(busy);
  expect(await page.locator('main[data-past]').count()).toBe(0);
  expect(await page.locator('[data-action="release"]').count()).toBeGreaterThan(0);
});

test('it is one slider with the time and the event in words, moved by every key', async () => {
  const panel = await open(past);
  const { page } = panel;
  const slider = page.getByRole('slider', { name: 'Moment of the session' });
  // the focus is ready for the next key
  await focusOn(slider);
  expect(await slider.getAttribute('aria-valuetext')).toMatch(
    /^.*:30:00, event 1240 of 3204: W1: blocks at PreToolUse/,
  );
  const keys = async (key: string): Promise<unknown> => {
    await page.keyboard.press(key);
    return (await panel.intents()).at(-1);
  };
  const to = (event: number) => ({ action: 'replay', session, event });
  expect(await keys('ArrowRight')).toEqual(to(1241));
  // before the extension answers
  expect(await keys('ArrowRight')).toEqual(to(1242));
  await panel.show(at(positionAt(1242)));
  expect(await keys('ArrowLeft')).toEqual(to(1241));
  await panel.show(at(positionAt(1241)));
  expect(await keys('End')).toEqual(to(3204));
  await panel.show(at(positionAt(3204)));
  const { event: lower } = (await keys('PageDown')) as { event: number };
  expect(lower).toBeLessThan(3204 - 100);
  await panel.show(at(positionAt(lower)));
  expect(await keys('Home')).toEqual(to(1));
  await panel.show(at(positionAt(1)));
  expect(await keys(' ')).toEqual({ action: 'replayPlay', session, speed: '10' });
  expect(await keys('Control+ArrowRight')).toEqual({ action: 'replayJump', session, to: 'next' });
  expect(await keys('Control+ArrowLeft')).toEqual({ action: 'replayJump', session, to: 'previous' });
  await panel.show(at({ ...positionAt(1), playing: true }));
  expect(await keys(' ')).toEqual({ action: 'replayPlay', session });
});

test('by mouse it is dragged, stepped, played at a speed, and left', async () => {
  const panel = await open(past);
  const { page } = panel;
  const last = async (): Promise<unknown> => (await panel.intents()).at(-1);
  // what the bar does once it is drawn is done
  await focusOn(page.locator('[data-action="scrub"]'));
  const box = await page.locator('[data-action="scrub"]').boundingBox();
  if (box === null) throw new Error('there is no slider');
  await page.mouse.move(box.x + box.width * 0.39, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 5 });
  const { event } = (await last()) as { event: number };
  expect(event).toBeGreaterThan(2200);
  expect(event).toBeLessThan(2600);
  // the knob stays where the person moved it until the extension has answered
  await panel.show(past);
  expect(await page.inputValue('[data-action="scrub"]')).toBe(String(event));
  await page.mouse.up();
  await panel.show(at(positionAt(event)));
  await page.click('[data-action="replay-back"]');
  expect(await last()).toEqual({ action: 'replay', session, event: event - 1 });
  await page.click('[data-action="replay-forward"]');
  expect(await last()).toEqual({ action: 'replay', session, event: event + 1 });
  await page.click('[data-action="replay-next"]');
  expect(await last()).toEqual({ action: 'replayJump', session, to: 'next' });
  await page.click('[data-action="replay-previous"]');
  expect(await last()).toEqual({ action: 'replayJump', session, to: 'previous' });
  await page.selectOption('[data-action="replay-speed"]', 'events');
  await page.click('[data-action="replay-play"]');
  expect(await last()).toEqual({ action: 'replayPlay', session, speed: 'events' });
  await panel.show(at({ playing: true, speed: 'events' }));
  await page.selectOption('[data-action="replay-speed"]', '60');
  expect(await last()).toEqual({ action: 'replayPlay', session, speed: '60' });
  await page.click('[data-action="replay-play"]');
  expect(await last()).toEqual({ action: 'replayPlay', session });
  await page.click('[data-action="back-to-now"]');
  expect(await last()).toEqual({ action: 'backToNow' });
  await panel.show(busy);
  await page.waitForFunction(() => (document.activeElement as HTMLElement | null)?.dataset['action'] === 'replay');
});

test('time stands still in the past, and goes on when it is left', async () => {
  const panel = await open(past, { from: NOW });
  const { page } = panel;
  const eta = page.locator('[data-worker="W1"] .progress-text');
  expect(await eta.innerText()).toBe('80% ~28 s');
  await page.clock.runFor(3000);
  expect(await eta.innerText()).toBe('80% ~28 s');
  await panel.show(busy);
  await page.clock.runFor(3000);
  expect(await eta.innerText()).not.toBe('80% ~28 s');
});

test.each<ThemeName>(['dark', 'light', 'hc-dark', 'hc-light'])('axe finds nothing in %s', async (theme) => {
  const panel = await open(past, { theme, height: 4000 });
  await panel.page.evaluate(axeSource);
  for (const state of [past, reading, at({ playing: true })]) {
    await panel.show(state);
    const found = await panel.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run: () => Promise<AxeResults> } };
      const { violations } = await axe.run();
      return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}`));
    });
    expect(found).toEqual([]);
  }
});
