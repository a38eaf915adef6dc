import { expect, test } from 'vitest';
import { panelStage } from './stage.ts';
import { states } from './states.ts';

const open = panelStage();

test('the question of an installation says what is added, and each answer is one click', async () => {
  const panel = await open(states.installing);
  const { page } = panel;
  const text = await page.innerText('[data-guide="install"]');
  expect(text).toContain('Add these 17 hooks to /home/ada/.claude/settings.json?');
  expect(text).toContain('17 hooks, all call one file');
  expect(text).toContain('2 permission rules');
  expect(text).toContain('One click takes it out again');
  expect(text).toContain('A session must be restarted.');
  for (const action of ['confirm-install', 'confirm-without-rules', 'cancel-install'])
    await page.click(`[data-guide="install"] [data-action="${action}"]`);
  expect(await panel.intents()).toEqual([
    { action: 'confirmInstall' },
    { action: 'confirmInstallWithoutRules' },
    { action: 'cancelInstall' },
  ]);
  await panel.show(states.noHooks);
  await page.waitForSelector('[data-guide]', { state: 'detached' });
});

test('after it the next step is a session, and in that a first hold', async () => {
  const panel = await open(states.watching);
  const { page } = panel;
  await page.click('[data-guide="watching"] [data-action="new-session"]');
  expect(await page.locator('[data-action="hold-merge"]').count()).toBe(0);
  await panel.show(states.watchingLive);
  await page.click('[data-guide="watching"] [data-action="hold-merge"]');
  await page.click('[data-guide="watching"] [data-action="close-guide"]');
  expect(await panel.intents()).toEqual([
    { action: 'newSession' },
    { action: 'hold', session: 'S-alpha', next: 'merge' },
    { action: 'closeGuide' },
  ]);
});

test('the demo says at each step what there is to do, and at its end what comes next', async () => {
  const panel = await open(states.demoStep);
  const { page } = panel;
  const texts: string[] = [];
  for (const step of [1, 2, 3, 4]) {
    await panel.show({ ...states.demoStep, guide: { demo: { step } } });
    const caption = page.locator('[data-guide="demo"]', { hasText: `${step} of 4` });
    await caption.waitFor();
    texts.push(await caption.innerText());
  }
  expect(texts[0]).toContain('Click Let it run');
  expect(texts[1]).toContain('Nothing to do.');
  expect(new Set(texts).size).toBe(4);

  await panel.show(states.demoOver);
  await page.click('[data-guide="demo-over"] [data-action="watch-own"]');
  await page.click('[data-guide="demo-over"] [data-action="play-demo"]');
  await panel.show({ ...states.demoOver, hooks: { state: 'installed' } });
  await page.click('[data-guide="demo-over"] [data-action="new-session"]');
  expect(await panel.intents()).toEqual([
    { action: 'installHooks', scope: 'user' },
    { action: 'playDemo' },
    { action: 'newSession' },
  ]);
});

test('Hold… offers what is not held yet, and what will be held can be taken back', async () => {
  const panel = await open(states.calm);
  const { page } = panel;
  const button = page.locator('[data-action="hold"]');
  await button.click();
  expect(await button.getAttribute('aria-expanded')).toBe('true');
  await page.click('[data-action="hold-bash"]');
  expect(await panel.intents()).toEqual([{ action: 'hold', session: 'S-alpha', next: 'bash' }]);
  expect(await button.getAttribute('aria-expanded')).toBe('false');

  await panel.show(states.willHold);
  // it is no decision and no row of its own until a call comes
  expect(await page.locator('[data-block="B1"]').count()).toBe(0);
  const pending = page.locator('[data-hold="merge"]');
  expect(await pending.innerText()).toContain('Claude’s next merge waits for you');
  await button.click();
  expect(await page.locator('.hold-menu button').allInnerTexts()).toEqual([
    'next Bash',
    'next edit',
    'everything',
    'done until tests pass',
  ]);
  await pending.locator('button').click();
  expect((await panel.intents()).at(-1)).toEqual({ action: 'release', session: 'S-alpha', block: 'B1' });
});

test('in Restricted Mode and for an ended session nothing can be held', async () => {
  const panel = await open({ ...states.willHold, trusted: false });
  expect(await panel.page.locator('[data-action="hold"], [data-hold]').count()).toBe(0);
  await panel.show(states.ended);
  expect(await panel.page.locator('[data-action="hold"], [data-action="pause"]').count()).toBe(0);
});
