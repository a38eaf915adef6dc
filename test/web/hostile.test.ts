import { expect, test } from 'vitest';
import { block, heldCall, HOSTILE, hostile, NOW, panelState, reason, session, view, worker } from './fixtures.ts';
import { HARMLESS_TEXTS, HIDING_TEXTS } from '#test/lib/unicodeTexts.ts';
import { overflowing } from './overflow.ts';
import { panelStage } from './stage.ts';

const open = panelStage();

/** A megabyte, with a mark at its end that shows whether all of it is drawn. */
const HUGE = `${'lorem ipsum '.repeat(87_381)}THE-END`;

const huge = panelState({
  view: view({
    session: session({ conductor: { state: 'waiting', sinceTs: NOW, reason: HUGE } }),
    calls: [heldCall({ reasons: [reason('B1', { text: HUGE })] })],
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
    // what a row shows only while it has the focus
    await toggle.evaluate((element) => element.closest<HTMLElement>('[data-row]')?.focus());
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

test('each kind of hidden character is written out, harmless text is as it was, and none is painted over another row', async () => {
  const texts = [
    ...HIDING_TEXTS.map(([, text, shown]) => ({ text, shown })),
    ...HARMLESS_TEXTS.map(([, text]) => ({ text, shown: text })),
  ];
  const word = 'unbroken'.repeat(60);
  const state = panelState({
    view: view({
      blocks: texts.map(({ text }, i) => block(`B${i + 1}`, { reason: text, concerns: text })),
      workers: [
        worker('W0', { task: word, lastMessage: `z${'\u0301'.repeat(30)}` }),
        ...texts.map(({ text }, i) => worker(`W${i + 1}`, { task: text, lastMessage: text })),
      ],
      notices: texts.map(({ text }, i) => ({ id: `n${i}`, kind: 'escalation' as const, text })),
      asks: texts.map(({ text }, i) => ({ id: `a${i}`, tool: 'Bash', summary: text, sinceTs: NOW })),
    }),
  });
  const { page } = await open(state, { width: 360, height: 3000 });
  expect(await overflowing(page)).toEqual([]);
  const asks = await page.locator('[data-ask] .long-text').allTextContents();
  expect(asks).toEqual(texts.map(({ shown }) => shown));
  const exposed = await page.evaluate(() => {
    const all = [...document.querySelectorAll('main *')];
    const names = all.flatMap((each) => [each.getAttribute('title') ?? '', each.getAttribute('aria-label') ?? '']);
    return [document.body.textContent, ...names].join('\n');
  });
  for (const hidden of [
    '\u001b',
    '\u0085',
    '\u00ad',
    '\u200e',
    '\u202e',
    '\u2028',
    '\u2066',
    '\ufeff',
    '\u{e0061}',
    '\u0301'.repeat(7),
  ])
    expect(exposed).not.toContain(hidden);
});
