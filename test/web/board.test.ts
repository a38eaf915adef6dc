import { describe, expect, test } from 'vitest';
import { boardOf } from '#core/projection/board.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { Reach, ViewModel } from '#protocol/viewModel.ts';
import { heldCall, NOW, panelState, reason, session, view } from './fixtures.ts';
import { overflowing } from './overflow.ts';
import type { PanelOptions, PanelPage } from './panelPage.ts';
import { situations } from './situations.ts';
import { panelStage } from './stage.ts';

// The Board and its decisions: answered in the row, by pointer and by key, with a receipt that keeps the row's place.

const stage = panelStage();
const { tenTerminals, fortyWorkers } = situations;
const FIRST = '3f0c21de-7c1e-4a4d-9c90-aa00bb11cc11';

const open = (state: PanelState = tenTerminals, options?: PanelOptions): Promise<PanelPage> => stage(state, options);

const boardState = (...views: ViewModel[]): PanelState =>
  panelState({
    view: undefined,
    selected: undefined,
    board: boardOf(views, { now: NOW, dayStartTs: NOW - 1, seenTs: () => undefined }),
  });

/** A session with calls that wait for the person. */
const holding = (...ids: string[]): ViewModel =>
  view({
    calls: ids.map((id, i) =>
      heldCall({ id: `held ${id}`, call: id, summary: `sh ${id}.sh`, sinceTs: NOW - 1000 + i, reasons: [reason(id)] }),
    ),
  });

const focusedRow = ({ page }: PanelPage): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']);

test('what needs the person is seen whole at once in a window of 300 by 700', async () => {
  const { page } = await open(tenTerminals, { width: 300, height: 700 });
  const boxes = await page.$$eval('[data-group="needsYou"]', (rows) => rows.map((row) => row.getBoundingClientRect()));
  expect(boxes).toHaveLength(5);
  expect(Math.max(...boxes.map(({ bottom }) => bottom))).toBeLessThan(700);
  expect(await page.$$eval('.section-head h2', (heads) => heads.map((head) => head.textContent))).toEqual([
    'Needs you',
    'Your turn',
    'Waiting',
    'Working',
    'Done today',
  ]);
});

test('a session with a budget says what is spent, how fast, and when the rest is', async () => {
  const budget = '1.2M of 2M spent, 40k a minute, the rest in about 20 min';
  const spending = '40k tokens a minute, the nearest limit in about 20 min';
  const { page } = await open(boardState(view({ budget, spending })), { width: 300, height: 700 });
  expect(await page.locator('[data-budget]').innerText()).toBe(budget);
  expect(await page.locator('.board-line').first().getAttribute('title')).toBe(spending);
});

test('a session that gives no sign of life comes first among those at work, and says so', async () => {
  const { page } = await open();
  const working = await page.locator('[data-group="working"]').allInnerTexts();
  expect(working[0]).toMatch(/Upgrade the payment SDK\s+nothing for 8 min/);
  expect(working[1]).toMatch(/3\/7 writing tests/);
});

test('each row is answered where it is, in its own session', async () => {
  const panel = await open();
  const { page } = panel;
  const row = (name: string) => page.locator('[data-board]', { hasText: name });
  await row('Migrate the orders').locator('[data-action="allow"]').click();
  await row('Choose a cache').locator('.actions [data-action="focus-terminal"]').click();
  await row('Port infra').locator('[data-action="answer-here"]').click();
  await row('src/cart.ts').locator('[data-action="dismiss"]').click();
  await row('Explain how pricing').locator('[data-action="reply"]').click();
  await page.keyboard.type('yes, please');
  await page.keyboard.press('Enter');
  await row('Choose a cache').locator('[data-action="open-session"]').click();
  const sessions = (n: number) => FIRST.replace(/11$/, String(10 + n));
  expect(await panel.intents()).toEqual([
    { action: 'answerPermission', session: sessions(1), ask: 'p1', decision: 'allow' },
    { action: 'focusTerminal', session: sessions(2) },
    { action: 'answerHere' },
    { action: 'dismiss', session: sessions(5), notice: 100 },
    { action: 'sendMessage', session: sessions(7), worker: 'conductor', word: 'yes, please' },
    { action: 'switchSession', session: sessions(2) },
  ]);
});

test('the scope, the sessions outside of it, and a search', async () => {
  const panel = await open();
  const { page } = panel;
  await page.selectOption('[data-action="scope"]', 'everywhere');
  await page.click('[data-action="show-everywhere"]');
  expect(await page.innerText('[data-action="show-everywhere"]')).toBe('3 more sessions elsewhere');
  await page.click('[data-action="search"]');
  await page.keyboard.type('CACHE');
  expect(await page.locator('[data-board]').count()).toBe(1);
  await page.keyboard.press('Escape');
  expect(await page.locator('[data-board]').count()).toBeGreaterThan(10);
  await page.keyboard.press('Escape');
  expect(await page.locator('[data-action="search-board"]').count()).toBe(0);
  expect(await panel.intents()).toEqual([
    { action: 'setScope', scope: 'everywhere' },
    { action: 'setScope', scope: 'everywhere' },
  ]);
});

describe('by the keyboard', () => {
  test('a request for the focus goes to its row, and to the next one, once each', async () => {
    const panel = await open();
    const rows = tenTerminals.board?.groups.needsYou ?? [];
    for (const [count, row] of [rows[2], rows[4]].entries()) {
      await panel.show({ ...tenTerminals, focus: { row: row?.id ?? '', count } });
      expect(await focusedRow(panel)).toBe(row?.id);
    }
    await panel.page.keyboard.press('ArrowUp');
    await panel.show({ ...tenTerminals, focus: { row: rows[4]?.id ?? '', count: 1 } });
    expect(await focusedRow(panel)).toBe(rows[3]?.id);
  });

  test('one list, one stop: arrows go through all groups, letters answer, Enter opens', async () => {
    const panel = await open();
    const { page } = panel;
    expect(await page.locator('[data-row][tabindex="0"]').count()).toBe(1);
    await page.focus(`[data-board="${FIRST} ask p1"]`);
    await page.keyboard.press('a');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('t');
    await page.keyboard.press('p');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('d');
    await page.keyboard.press('ArrowDown');
    expect(await page.getAttribute(':focus', 'data-group')).toBe('yourTurn');
    await page.keyboard.press('m');
    await page.keyboard.type('made in a field: a d t p');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    expect((await panel.intents()).map(({ action }) => action)).toEqual([
      'answerPermission',
      'focusTerminal',
      'pin',
      'dismiss',
    ]);
    await page.keyboard.press('Escape');
    await page.locator(':focus').evaluate((element) => element.closest<HTMLElement>('[data-row]')?.focus());
    await page.keyboard.press('Enter');
    expect((await panel.intents()).at(-1)?.action).toBe('switchSession');
  });

  test('R lets a call run, W with a word; Escape leads from a session back to the Board', async () => {
    const panel = await open(boardState(holding('a', 'b'), view({ session: session({ id: 'S-beta' }) })));
    const { page } = panel;
    await page.focus('[data-board="S-alpha call held a"]');
    await page.keyboard.press('r');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('w');
    await page.keyboard.type('only once');
    await page.keyboard.press('Enter');
    await panel.show(panelState({ sessions: [session(), session({ id: 'S-beta' })], view: holding('c') }));
    await page.focus('[data-call="held c"]');
    await page.keyboard.press('Escape');
    expect(await panel.intents()).toEqual([
      { action: 'letRun', session: 'S-alpha', call: 'held a' },
      { action: 'letRun', session: 'S-alpha', call: 'held b', word: 'only once' },
      { action: 'showBoard' },
    ]);
  });
});

describe('a session that cannot be reached from here', () => {
  const waiting = { id: 'p1', tool: 'Bash', summary: 'make', sinceTs: NOW, answerable: true } as const;
  const rows = (reach: Reach): PanelState => {
    const far = session({ id: 'S-far', name: 'Build it far away', reach });
    const idle = session({ id: 'S-idle', name: 'Rest far away', reach, turnEndedTs: NOW - 1000 });
    return boardState(view({ session: far, asks: [waiting], calls: holding('a').calls }), view({ session: idle }));
  };

  test.each([
    ['machine', 'It runs on another machine: shown as far as known, to be decided there.'],
    ['user', 'It belongs to another user, who has to decide it: shown as far as known.'],
  ] as const)('of another %s: no button acts on it, and its tooltip says why', async (outOfReach, why) => {
    const { page } = await open(rows({ outOfReach, noTerminal: true }));
    expect(await page.locator('[data-board]').count()).toBeGreaterThan(1);
    const actions = await page.$$eval('[data-board] button', (all) => all.map((each) => each.dataset['action']));
    expect(new Set(actions)).toEqual(new Set(['open-session', 'peek', 'pin']));
    const names = page.locator('[data-board] [data-action="open-session"]');
    for (const each of await names.all()) expect(await each.getAttribute('title')).toContain(why);
  });

  test('in a container: it is answered here, but its terminal is not offered', async () => {
    const { page } = await open(rows({ noTerminal: true }));
    expect(await page.locator('[data-action="let-run"]').count()).toBe(1);
    expect(await page.locator('[data-action="reply"]').count()).toBe(1);
    expect(await page.locator('[data-action="focus-terminal"]').count()).toBe(0);
    expect(await page.locator('[data-action="open-session"]').first().getAttribute('title')).toContain('container');
  });

  test('its own panel says so above everything', async () => {
    const far = session({ reach: { outOfReach: 'machine', noTerminal: true } });
    const { page } = await open(panelState({ view: { ...holding('a'), session: far } }));
    expect(await page.innerText('[data-banner="out-of-reach"]')).toContain('It runs on another machine');
    for (const action of ['let-run', 'deny-call', 'focus-terminal', 'hold', 'send-message', 'abort-session'])
      expect(await page.locator(`[data-action="${action}"]`).count(), action).toBe(0);
  });
});

test('a session in the background says so in its row, to screen readers, and in its panel', async () => {
  const swept = session({ id: 'S-bg', name: 'Sweep the logs', background: true });
  const { page } = await open(boardState(view({ session: swept })));
  const row = page.locator('[data-board="S-bg"]');
  expect(await row.innerText()).toContain('in the background');
  expect(await row.getAttribute('aria-label')).toContain('in the background');
  const { page: panel } = await open(panelState({ view: view({ session: swept }) }));
  expect(await panel.innerText('.conductor')).toContain('in the background');
});

describe('Next in the head of what needs the person', () => {
  const next = '[data-section="needsYou"] [data-action="next"]';

  test.each([
    ['on the Board', (...ids: string[]) => boardState(holding(...ids))],
    ['in a session', (...ids: string[]) => panelState({ view: holding(...ids) })],
  ])('goes %s to the row after the one that has had the focus last', async (_where, stateOf) => {
    const panel = await open(stateOf('a', 'b', 'c'));
    const { page } = panel;
    expect(await page.getAttribute(next, 'aria-label')).toBe('Go to the next that needs you (Ctrl+Alt+N)');
    await page.click(next);
    await page.focus('[data-row="S-alpha call held a"]');
    await page.keyboard.press('ArrowDown');
    await page.focus(next);
    await page.keyboard.press('Enter');
    expect(await panel.intents()).toEqual([{ action: 'next' }, { action: 'next', row: 'S-alpha call held b' }]);
    // what the extension answers
    await panel.show({ ...stateOf('a', 'b', 'c'), focus: { row: 'S-alpha call held c', count: 1 } });
    expect(await focusedRow(panel)).toBe('S-alpha call held c');
    await panel.show(stateOf('c'));
    expect(await page.locator(next).count()).toBe(0);
  });
});

describe('a held call', () => {
  test('D refuses it; its menu does so with a word', async () => {
    const panel = await open(boardState(holding('a', 'b')));
    const { page } = panel;
    await page.focus('[data-board="S-alpha call held a"]');
    await page.keyboard.press('d');
    await page.keyboard.press('ArrowDown');
    expect(await focusedRow(panel)).toBe('S-alpha call held b');
    const second = page.locator('[data-board="S-alpha call held b"]');
    const menu = second.locator('[data-action="more-answers"]');
    expect(await second.locator('[data-action="deny-call-and-say"]').count()).toBe(0);
    await menu.focus();
    await page.keyboard.press('Enter');
    expect(await menu.getAttribute('aria-expanded')).toBe('true');
    await second.locator('[data-action="deny-call-and-say"]').click();
    expect(await second.locator('[data-action="send-comment"]').innerText()).toBe('Refuse it');
    await page.keyboard.type('not today');
    await page.keyboard.press('Enter');
    expect(await panel.intents()).toEqual([
      { action: 'denyCall', session: 'S-alpha', call: 'held a' },
      { action: 'denyCall', session: 'S-alpha', call: 'held b', word: 'not today' },
    ]);
  });

  test('that was refused says that Claude is told, and can only be let run after all', async () => {
    const panel = await open(boardState(holding('a', 'b')), { from: NOW });
    const { page } = panel;
    await page.click('[data-board="S-alpha call held a"] [data-action="deny-call"]');
    await panel.show(boardState(holding('b')));
    expect(await page.innerText('[data-receipt]')).toMatch(/Refused; Claude is told so\s+Let it run after all/);
    await page.focus('[data-receipt] [data-action="undo"]');
    await page.keyboard.press('Enter');
    expect(await page.innerText('[data-receipt]')).toBe('Claude is told to try again');
    expect(await panel.intents()).toEqual([
      { action: 'denyCall', session: 'S-alpha', call: 'held a' },
      { action: 'letRun', session: 'S-alpha', call: 'held a' },
    ]);
  });

  test('that is no tool call cannot be refused', async () => {
    const stop = heldCall({ tool: 'Stop', summary: undefined, canDeny: undefined });
    const { page } = await open(boardState(view({ calls: [stop] })));
    expect(await page.locator('[data-action="let-run"]').count()).toBe(1);
    expect(await page.locator('[data-action="deny-call"], [data-action="more-answers"]').count()).toBe(0);
  });
});

describe('a receipt', () => {
  test('keeps the place of what was answered for a while, and takes it back', async () => {
    const panel = await open(boardState(holding('a', 'b')), { from: NOW });
    const { page } = panel;
    const top = (): Promise<number> =>
      page.$eval('[data-board="S-alpha call held b"]', (row) => row.getBoundingClientRect().top);
    const before = await top();
    await page.click('[data-board="S-alpha call held a"] [data-action="let-run"]');
    await panel.show(boardState(holding('b')));
    expect(await page.innerText('[data-receipt]')).toMatch(/Let it run\s+Undo/);
    expect(await top()).toBe(before);
    await page.focus('[data-receipt] [data-action="undo"]');
    await page.keyboard.press('Enter');
    expect(await page.innerText('[data-receipt]')).toBe('The next such call waits for you');
    await page.clock.runFor(5100);
    expect(await page.locator('[data-receipt]').count()).toBe(0);
    expect(await top()).toBeLessThan(before);
    expect(await panel.intents()).toEqual([
      { action: 'letRun', session: 'S-alpha', call: 'held a' },
      { action: 'holdAgain', session: 'S-alpha', call: 'held a' },
    ]);
  });

  test('what could not be done has its buttons again', async () => {
    const panel = await open(boardState(holding('a')), { from: NOW });
    await panel.page.click('[data-action="let-run"]');
    expect(await panel.page.locator('[data-action="let-run"]').count()).toBe(0);
    await panel.page.clock.runFor(5100);
    expect(await panel.page.locator('[data-action="let-run"]').count()).toBe(1);
  });
});

describe('two clicks at one spot, 300 ms apart', () => {
  test.each([
    ['on the Board', (...ids: string[]) => boardState(holding(...ids))],
    ['in a session', (...ids: string[]) => panelState({ view: holding(...ids) })],
  ])('let exactly one call run %s', async (_where, stateOf) => {
    const panel = await open(stateOf('a', 'b', 'c'), { from: NOW });
    const { page } = panel;
    const box = await page.locator('[data-action="let-run"]').first().boundingBox();
    if (box === null) throw new Error('there is no button');
    await page.mouse.move(box.x + 20, box.y + 8);
    await page.mouse.down();
    await page.mouse.up();
    await panel.show(stateOf('b', 'c'));
    await page.clock.runFor(200);
    await page.mouse.down();
    await page.mouse.up();
    expect((await panel.intents()).map(({ action }) => action)).toEqual(['letRun']);
  });

  test('a button that slides under the pointer is deaf; a key works at once', async () => {
    const panel = await open(panelState({ view: holding('a', 'b', 'c') }), { from: NOW });
    const { page } = panel;
    const first = await page.locator('[data-action="let-run"]').first().boundingBox();
    if (first === null) throw new Error('there is no button');
    await page.mouse.move(first.x + 20, first.y + 8);
    const press = async (): Promise<void> => {
      await page.mouse.down();
      await page.mouse.up();
    };
    // another window has released it: the next one is in its place
    await panel.show(panelState({ view: holding('b', 'c') }));
    await press();
    expect(await panel.intents()).toEqual([]);
    await page.focus('[data-call="held b"]');
    await page.keyboard.press('r');
    expect((await panel.intents()).map((intent) => 'call' in intent && intent.call)).toEqual(['held b']);
  });

  describe.each([
    ['on the Board', (...ids: string[]) => boardState(holding(...ids))],
    ['in a session', (...ids: string[]) => panelState({ view: holding(...ids) })],
  ])('%s, when a receipt folds away and the next call comes under the pointer,', (_where, stateOf) => {
    /** The pointer rests on a call that has just come under it, as the receipt of the one before has folded away. */
    const slide = async () => {
      const panel = await open(stateOf('a', 'b', 'c'), { from: NOW });
      const { page } = panel;
      const box = await page.locator('[data-action="let-run"]').first().boundingBox();
      if (box === null) throw new Error('there is no button');
      const spot = { x: box.x + 20, y: box.y + 8 };
      const press = async (): Promise<void> => {
        await page.mouse.down();
        await page.mouse.up();
      };
      await page.mouse.move(spot.x, spot.y);
      await press();
      await panel.show(stateOf('b', 'c'));
      const under = (): Promise<string | undefined> =>
        page.evaluate(
          ({ x, y }) => document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-row]')?.dataset['row'],
          spot,
        );
      for (let ms = 0; ms < 6000 && (await under()) !== 'S-alpha call held b'; ms += 50) await page.clock.runFor(50);
      expect(await under()).toBe('S-alpha call held b');
      const calls = async () => (await panel.intents()).map((intent) => 'call' in intent && intent.call);
      expect(await calls()).toEqual(['held a']);
      return { page, spot, press, calls };
    };

    test('a second click at that spot decides nothing; half a second later it counts', async () => {
      const { page, press, calls } = await slide();
      await press();
      await page.clock.runFor(300);
      await press();
      expect(await calls()).toEqual(['held a']);
      await page.clock.runFor(300);
      await press();
      expect(await calls()).toEqual(['held a', 'held b']);
    });

    test('who aims anew means it', async () => {
      const { page, spot, press, calls } = await slide();
      await page.mouse.move(spot.x + 30, spot.y + 30);
      await page.mouse.move(spot.x, spot.y);
      await press();
      expect(await calls()).toEqual(['held a', 'held b']);
    });
  });
});

test('a space is between a reason and the time at which it ends', async () => {
  const timed = reason('B1', { text: 'Look at the numbers', ofPerson: true, dueTs: NOW + 30_000 });
  const { page } = await open(panelState({ view: view({ calls: [heldCall({ reasons: [timed] })] }) }));
  expect(await page.innerText('[data-reason="B1"]')).toBe('you: “Look at the numbers” in 30 s');
});

test('forty workers: what waits is one card with one decision, whose reasons unfold, each with its own release', async () => {
  const panel = await open(fortyWorkers);
  const { page } = panel;
  const card = page.locator('[data-blocks]');
  expect(await card.count()).toBe(1);
  expect(await card.innerText()).toMatch(/review: Look at the row counts\s+8 of 41 workers \(\d+%, about 10 min\)/);
  expect(await card.locator('[data-action="release"]').count()).toBe(0);
  await card.locator('[data-action="show-reasons"]').click();
  await card.locator('[data-reason="B4"] [data-action="release"]').click();
  expect(await panel.intents()).toEqual([{ action: 'release', session: 'S-alpha', block: 'B4' }]);
});

test('forty-one workers are at most 1,300 px high at 320 px, failures first, those that are done folded', async () => {
  const { page } = await open(fortyWorkers, { width: 320, height: 6000 });
  const { height } = await page.$eval('[data-section="workers"]', (section) => section.getBoundingClientRect());
  console.log(`41 workers: ${height} px`);
  expect(height).toBeLessThan(1300);
  const states = await page.$$eval('[data-worker]', (rows) =>
    rows.map((row) => (row as HTMLElement).dataset['state'] ?? ''),
  );
  expect(states.slice(0, 4)).toEqual(['failed', 'failed', 'failed', 'running']);
  expect(states).not.toContain('done');
  expect(await page.innerText('[data-section="workers"] .counts')).toBe('failed 3 · working 27 · waiting 6 · done 5');
});

test('nested agents are folded below the one that started them, and unfold', async () => {
  const { page } = await open(situations.twelveAgents, { height: 2000 });
  expect(await page.getByText('Test package 1', { exact: true }).count()).toBe(0);
  await page.click('[data-action="toggle-agents"]');
  expect(await page.getByText('Test package 1', { exact: true }).count()).toBe(1);
  expect(await page.getAttribute('[data-action="toggle-agents"]', 'aria-expanded')).toBe('true');
});

test.each([125, 160, 250])('%s px wide, as at 200 %% zoom, everything on the Board fits', async (width) => {
  const { page } = await open(tenTerminals, { width: Math.max(width, 170), height: 3000 });
  expect(await overflowing(page)).toEqual([]);
});
