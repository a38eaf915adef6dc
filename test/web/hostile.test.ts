import { expect, test } from 'vitest';
import { block, HOSTILE, hostile, NOW, panelState, session, view, worker } from './fixtures.ts';
import { overflowing } from './overflow.ts';
import { panelStage } from './stage.ts';

const open = panelStage();

/** A megabyte, with a mark at its end that shows whether all of it is drawn. */
const HUGE = `${'lorem ipsum '.repeat(87_381)}THE-END`;

const huge = panelState({
  view: view({
    session: session({ conductor: { state: 'waiting', sinceTs: NOW, reason: HUGE } }),
    blocks: [block('B1', { reason: HUGE, concerns: HUGE })],
    workers: [worker('W1', { task: HUGE, lastMessage: HUGE, problem: HUGE, waitingFor: HUGE })],
    ballots: [
      {
        name: 'ship',
        question: HUGE,
        options: [{ option: 'proceed', voters: ['W1'] }],
        votes: [{ worker: 'W1', decision: 'proceed', reason: HUGE }],
        cast: 1,
      },
    ],
    locks: [
      {
        resource: 'db',
        mode: 'exclusive',
        holders: [],
        waiters: [],
        former: [{ worker: 'W1', token: 1, why: HUGE, ts: NOW, told: false }],
      },
    ],
    notices: [{ id: 'n1', kind: 'escalation', text: HUGE }],
  }),
});

test('texts of a megabyte are cut, and each can be seen in full', async () => {
  const { page } = await open(huge, { width: 320, height: 2000 });
  const renderedChars = (): Promise<number> => page.evaluate(() => document.body.innerText.length);
  expect(await renderedChars()).toBeLessThan(30_000);
  expect(await overflowing(page)).toEqual([]);
  const toggles = page.locator('[data-toggle="text"]');
  // reason of waiting; block; notice; task, message, wait, problem; question, vote; the loss of a lock
  expect(await toggles.count()).toBe(10);
  for (let index = 0; index < 10; index++) {
    const toggle = toggles.nth(index);
    await toggle.click();
    expect(await page.evaluate(() => document.body.innerText.includes('THE-END')), `text ${index}`).toBe(true);
    await toggle.click();
    expect(await page.evaluate(() => document.body.innerText.includes('THE-END'))).toBe(false);
  }
});

test('what is cut is seen in full by the keyboard, too', async () => {
  const { page } = await open(huge, { width: 320, height: 2000 });
  await page.focus('[data-worker="W1"]');
  for (let i = 0; i < 6; i++) {
    await page.keyboard.press('ArrowRight');
    if (await page.evaluate(() => document.activeElement?.matches('[data-toggle]') === true)) break;
  }
  await page.keyboard.press('Enter');
  expect(await page.innerText('[data-worker="W1"]')).toContain('THE-END');
});

test('markup, terminal colours and characters that hide or turn text are shown as what they are, in every part', async () => {
  const { page } = await open(hostile, { height: 6000, savedState: { expanded: { activity: true } } });
  expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(await page.locator('main :is(img, b, a, script, iframe, style)').count()).toBe(0);
  const text = await page.innerText('main');
  expect(text).toContain(HOSTILE.html);
  // neither in drawn texts nor in accessible names or tooltips
  const exposed = await page.evaluate(() => {
    const all = [...document.querySelectorAll('main *')];
    const names = all.flatMap((each) => [each.getAttribute('title') ?? '', each.getAttribute('aria-label') ?? '']);
    return [document.body.innerText, ...names].join('\n');
  });
  for (const hidden of ['\u001b', '\u200b', '\u202e', '\u2066']) expect(exposed).not.toContain(hidden);
});
