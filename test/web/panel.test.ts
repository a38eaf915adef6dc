import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import {
  HOSTILE,
  NOW,
  block,
  busy,
  busyView,
  collided,
  empty,
  failed,
  heldCall,
  hostile,
  noHooks,
  panelState,
  session,
  untrusted,
  view,
  watched,
  worker,
} from './fixtures.ts';
import { panelStage } from './stage.ts';

const open = panelStage();

test('says that it loads until the first snapshot, and where to look when none comes', async () => {
  const panel = await open();
  expect(await panel.page.innerText('[data-empty="loading"]')).toBe('Loading…');
  await panel.page.click('[data-empty="slow"] [data-action="show-log"]');
  expect(await panel.intents()).toEqual([{ action: 'showLog' }]);
});

test('without hooks there are three ways to begin', async () => {
  const panel = await open(noHooks);
  for (const action of ['watch-all', 'watch-project', 'play-demo'])
    await panel.page.click(`[data-empty="hooks"] [data-action="${action}"]`);
  expect(await panel.intents()).toEqual([
    { action: 'installHooks', scope: 'user' },
    { action: 'installHooks', scope: 'local' },
    { action: 'playDemo' },
  ]);
});

test('with hooks but no session it says how one appears', async () => {
  const { page } = await open(empty);
  expect(await page.innerText('[data-empty="session"]')).toContain(
    'Start Claude Code in this folder; it appears here by itself.',
  );
});

test('in Restricted Mode everything is shown and nothing can be changed', async () => {
  const panel = await open(untrusted);
  expect(await panel.page.innerText('[data-empty="untrusted"]')).toContain('Restricted Mode: Fermata only watches.');
  expect(await panel.page.locator('[data-empty="untrusted"] button').count()).toBe(1);
  await panel.page.click('[data-action="manage-trust"]');
  expect(await panel.intents()).toEqual([{ action: 'manageTrust' }]);
  await panel.show({ ...busy, trusted: false });
  expect(await panel.page.innerText('[data-banner="untrusted"]')).toContain('Restricted Mode: Fermata only watches.');
  for (const action of [
    'release',
    'let-run',
    'let-run-and-say',
    'deny-call',
    'more-answers',
    'release-all',
    'abort',
    'abort-session',
    'vote',
    'break-lock',
    'approveRules',
  ]) {
    expect(await panel.page.locator(`[data-action="${action}"]`).count(), action).toBe(0);
  }
  expect(await panel.page.locator('[data-action="log"]').count()).toBeGreaterThan(0);
});

test('an error is said in full, with the log beside it', async () => {
  const panel = await open(failed);
  expect(await panel.page.innerText('[role="alert"]')).toContain('permission denied');
  await panel.page.click('[data-action="show-log"]');
  expect(await panel.intents()).toEqual([{ action: 'showLog' }]);
});

test('broken hooks are named above a session, with the repair', async () => {
  const panel = await open(panelState({ hooks: { state: 'broken', detail: 'gate.sh is missing' } }));
  expect(await panel.page.innerText('[data-banner="hooks"]')).toContain('gate.sh is missing');
  await panel.page.click('text=Repair Hooks…');
  await panel.page.click('[data-action="diagnose"]');
  expect(await panel.intents()).toEqual([{ action: 'installHooks' }, { action: 'diagnose' }]);
});

test('what keeps Claude Code from running hooks is named, and offers a diagnosis, not a repair', async () => {
  const panel = await open(panelState({ hooks: { state: 'stopped', detail: 'disableAllHooks in settings.json' } }));
  const banner = await panel.page.innerText('[data-banner="hooks"]');
  expect(banner).toContain('Claude Code does not run the hooks here.');
  expect(banner).toContain('disableAllHooks');
  expect(await panel.page.locator('[data-action="install-hooks"]').count()).toBe(0);
  expect(await panel.page.locator('[data-action="diagnose"]').count()).toBe(1);
});

test('a busy session shows its parts in the order of their urgency', async () => {
  const { page } = await open(busy);
  const sections = await page.$$eval('[data-section]', (all) =>
    all.map((each) => (each as HTMLElement).dataset['section']),
  );
  expect(sections).toEqual(['needsYou', 'workers', 'later', 'votes', 'locks', 'checkpoints', 'pipeline', 'activity']);
  expect(await page.innerText('[data-conductor]')).toMatch(/held: waits for you\s+42 s/);

  const card = await page.innerText('[data-blocks="B1"]');
  for (const text of ['Claude wants to read', 'data/data1.csv', 'reading it now would give', /gives up in 8 s/])
    expect(card).toMatch(text);
  await page.focus('[data-block="B4"]');
  expect(await page.innerText('[data-section="later"] [data-block="B4"]')).toMatch(
    /You asked to hold Bash git push[\s\S]*in 9 min/,
  );
  expect(await page.innerText('[data-worker="W5"]')).toContain('silent for 2 min');
  expect(await page.innerText('[data-worker="W3"]')).toContain('45%');
  await page.focus('[data-worker="W3"]');
  expect(await page.innerText('[data-worker="W3"]')).toContain('Waits for db (held by W1)');
  await page.focus('[data-checkpoint="merge-ready"]');
  expect(await page.innerText('[data-section="workers"]')).not.toMatch(/idle/i);
  expect(await page.innerText('[data-ballot="ship"]')).toMatch(/3 of 4 voted · quorum 3/);
  expect(await page.innerText('[data-ballot="format"]')).toContain('Decided: parquet');
  expect(await page.innerText('[data-lock="db"]')).toMatch(
    /Load data1[\s\S]*lease ends in \d+ s[\s\S]*Rebuild the search[\s\S]*Check foreign/,
  );
  expect(await page.innerText('[data-checkpoint="merge-ready"]')).toMatch(
    /1 of 3 arrived[\s\S]*Load data2[\s\S]*Load data1\.csv into the staging table\s+Rebuild/,
  );
});

test('workers stand below their parent, ended ones last', async () => {
  const { page } = await open(busy);
  const ids = await page.$$eval('[data-worker]', (rows) => rows.map((row) => (row as HTMLElement).dataset['worker']));
  expect(ids).toEqual(['W1', 'W4', 'W3', 'W7', 'W5', 'W6', 'W2']);
  const [parent, child] = await page.$$eval('[data-worker] .worker-name', (names) =>
    names.map((name) => name.getBoundingClientRect().x),
  );
  expect(child).toBeGreaterThan(parent ?? 0);
});

test('progress is a progress bar, and its remaining time runs on by itself', async () => {
  const { page } = await open(busy, { from: NOW });
  const bar = page.locator('[data-worker="W1"] [role="progressbar"]');
  expect(await bar.getAttribute('aria-valuenow')).toBe('80');
  const eta = page.locator('[data-worker="W1"] .progress-text');
  expect(await eta.innerText()).toBe('80% ~28 s');
  await page.clock.runFor(3500);
  expect(await eta.innerText()).toBe('80% ~25 s');
});

test('Let it run asks for exactly this call of this session, and Release for this block', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-blocks="B1"] [data-action="let-run"]');
  await panel.page.focus('[data-block="B3"]');
  await panel.page.click('[data-block="B3"] [data-action="release"]');
  expect(await panel.intents()).toEqual([
    { action: 'letRun', session: 'S-alpha', call: 'held toolu_7' },
    { action: 'release', session: 'S-alpha', block: 'B3' },
  ]);
});

test('the details of an agent have how fast it spends and when it reaches its limit, the session’s are under the pointer', async () => {
  const spending = '12k tokens a minute, the nearest limit in about 6 min';
  const tokens = { input: 90_000, output: 20_000 };
  const agent = worker('a6d156a0231cf2f7a', { task: 'Review payments', kind: 'subagent', tokens, spending });
  const own = session({ transcript: { tokens } });
  const { page } = await open(panelState({ view: view({ session: own, workers: [agent], spending }) }));
  await page.locator('[data-worker="a6d156a0231cf2f7a"]').focus();
  expect(await page.innerText('[data-worker="a6d156a0231cf2f7a"]')).toContain(spending);
  expect(await page.locator('.conductor .dim[title]').first().getAttribute('title')).toContain(spending);
});

test('a call that a budget holds offers the next sum first, and says what was spent', async () => {
  const text = 'The budget is spent.\nThis session has spent 2.1M of 2M tokens (from the transcripts, 3 s ago).';
  const spent = { block: 'B1', from: 'user', text, needsYou: true, ofPerson: true, allow: { sum: '4M' } };
  const panel = await open(panelState({ view: view({ calls: [heldCall({ reasons: [spent] })] }) }));
  const allow = panel.page.locator('[data-action="allow-more"]');
  expect(await allow.innerText()).toBe('Allow 4M');
  expect(await panel.page.innerText('body')).toContain('2.1M of 2M tokens');
  const first = panel.page.locator('[data-action="allow-more"], [data-action="let-run"]').first();
  expect(await first.getAttribute('data-action')).toBe('allow-more');
  await allow.click();
  expect(await panel.intents()).toEqual([{ action: 'allowMore', session: 'S-alpha', call: 'held toolu_1' }]);
});

test('a word goes along with the release on Enter, and Esc takes it back', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-blocks="B1"] [data-action="let-run-and-say"]');
  await panel.page.keyboard.type('never mind');
  await panel.page.keyboard.press('Escape');
  expect(await panel.page.locator('[data-blocks="B1"] input').count()).toBe(0);
  // the pointer comes back, as that of a person who means it
  await panel.page.mouse.move(1, 1);
  await panel.page.click('[data-blocks="B1"] [data-action="let-run-and-say"]');
  await panel.page.keyboard.type('Read only the first rows');
  await panel.page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([
    { action: 'letRun', session: 'S-alpha', call: 'held toolu_7', word: 'Read only the first rows' },
  ]);
});

test('a message goes to Claude on Enter, the field is empty for the next one, and nothing is sent for nothing', async () => {
  const panel = await open(busy, { from: NOW });
  const { page } = panel;
  const field = page.getByLabel('Message to Claude');
  await field.fill('  ');
  await page.keyboard.press('Enter');
  await field.fill('use the staging data');
  await page.keyboard.press('Escape');
  expect(await field.inputValue()).toBe('');
  await field.fill('use the staging data');
  await page.keyboard.press('Enter');
  expect(await field.inputValue()).toBe('');
  expect(await field.evaluate((element) => element === document.activeElement)).toBe(true);
  expect(await page.innerText('.message-form .dim')).toBe('Sent. Claude reads it with its next step.');
  await field.fill('and hurry');
  await page.click('[data-action="send-message"]');
  expect(await panel.intents()).toEqual([
    { action: 'sendMessage', session: 'S-alpha', worker: 'conductor', word: 'use the staging data' },
    { action: 'sendMessage', session: 'S-alpha', worker: 'conductor', word: 'and hurry' },
  ]);
});

test('a message goes to a worker from its row, and the button has the focus again', async () => {
  const panel = await open(busy);
  const { page } = panel;
  await page.click('[data-worker="W1"] [data-action="message"]');
  await page.keyboard.type('skip the header');
  await page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([
    { action: 'sendMessage', session: 'S-alpha', worker: 'W1', word: 'skip the header' },
  ]);
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['action'])).toBe('message');
});

test.each([
  [
    '[data-worker="W4"] [data-action="abort"]',
    'Really abort Check foreign keys while loading?',
    { action: 'abortWorker', session: 'S-alpha', worker: 'W4' },
  ],
  [
    '[data-lock="db"] [data-action="break-lock"]',
    'db passes from Load data1.csv into the staging table to Rebuild the search index; Load data1.csv into the staging table runs on and is told',
    { action: 'breakLock', session: 'S-alpha', resource: 'db' },
  ],
  ['[data-action="release-all"]', 'Really release all 4?', { action: 'releaseAll', session: 'S-alpha' }],
  [
    '[data-ballot="ship"] [data-action="vote"] >> nth=0',
    'This closes the vote now; W3 has not voted',
    { action: 'castVote', session: 'S-alpha', ballot: 'ship', decision: 'proceed' },
  ],
])('%s is asked for twice', async (selector, question, intent) => {
  const panel = await open(busy);
  const button = panel.page.locator(selector);
  await button.click();
  expect(await button.innerText()).toBe(question);
  expect(await panel.intents()).toEqual([]);
  await panel.page.keyboard.press('Escape');
  expect(await button.innerText()).not.toBe(question);
  // the pointer comes back, as that of a person who means it
  await panel.page.mouse.move(1, 1);
  await button.click();
  await panel.show(busy);
  await button.click();
  expect(await panel.intents()).toEqual([intent]);
});

test('log, output, session log and notices ask for what they say', async () => {
  const panel = await open(busy);
  for (const selector of [
    '[data-worker="W1"] [data-action="log"]',
    '[data-worker="W1"] [data-action="output"]',
    '[data-action="open-events"]',
    '[data-notice="N1"] button',
  ]) {
    await panel.page.click(selector);
  }
  await panel.page.click('[data-action="show-board"]');
  expect(await panel.intents()).toEqual([
    { action: 'openWorkerLog', session: 'S-alpha', worker: 'W1' },
    { action: 'openOutput', session: 'S-alpha', worker: 'W1' },
    { action: 'openEvents', session: 'S-alpha' },
    { action: 'approveRules' },
    { action: 'showBoard' },
  ]);
});

test('a worker has the buttons that can work, and shows whether it has read the person’s message', async () => {
  const can = { peek: true, log: false, output: false, message: false, abort: false, pause: false };
  const message = { ts: NOW, read: false };
  const workers = [
    worker('a6d156a0231cf2f7a', { task: 'Review payments', can: { ...can, message: true }, message }),
    worker('W1', { task: 'Load data1.csv' }),
    worker('W2', { can }),
  ];
  const panel = await open(panelState({ view: view({ workers }) }));
  const buttonsOf = (id: string) => panel.page.locator(`[data-worker="${id}"] [data-action]`);
  const actions = async (id: string): Promise<(string | null)[]> =>
    Promise.all((await buttonsOf(id).all()).map((button) => button.getAttribute('data-action')));
  expect(await actions('a6d156a0231cf2f7a')).toEqual(['peek', 'message']);
  expect(await actions('W1')).toEqual(['log', 'output', 'peek', 'message', 'abort']);
  expect(await actions('W2')).toEqual(['peek']);
  const row = panel.page.locator('[data-worker="a6d156a0231cf2f7a"]');
  await row.focus();
  expect(await row.innerText()).toContain('It has not read your message yet.');
  const read = workers.map((each) =>
    each.message === undefined ? each : { ...each, message: { ts: NOW, read: true } },
  );
  await panel.show(panelState({ view: view({ workers: read }) }));
  expect(await row.innerText()).toContain('It has read your message.');
  await row.locator('[data-action="message"]').click();
  expect(await row.locator('input').getAttribute('placeholder')).toBe('It reads this after its next step');
});

test('a subagent is paused, resumed and stopped from its row, with a word and by keys', async () => {
  const can = { peek: true, log: false, output: false, message: true, abort: true, pause: true };
  const agent = worker('a6d156a0231cf2f7a', { task: 'Review payments', kind: 'subagent', can });
  const panel = await open(panelState({ view: view({ workers: [agent] }) }));
  const row = panel.page.locator('[data-worker="a6d156a0231cf2f7a"]');
  const button = (action: string) => row.locator(`[data-action="${action}"]`);
  await row.focus();
  expect(await button('pause').getAttribute('title')).toBe('Pause Review payments');
  expect(await button('abort').getAttribute('title')).toBe('Stop Review payments');
  await panel.page.keyboard.press('p');
  const paused = { ...agent, paused: true, can: { ...can, pause: false } };
  await panel.show(panelState({ view: view({ workers: [paused] }) }));
  expect(await row.innerText()).toContain('Paused: its next call waits until you resume it.');
  await row.focus();
  await panel.page.keyboard.press('p');
  await panel.page.keyboard.press('Delete');
  await panel.page.waitForFunction(() => document.activeElement?.matches('input[name="comment"]') === true);
  await panel.page.keyboard.press('Escape');
  await panel.page.waitForFunction(() => document.activeElement?.matches('[data-action="abort"]') === true);
  await button('abort').click();
  await panel.page.keyboard.type('wrong table');
  await panel.page.keyboard.press('Enter');
  await row.focus();
  await panel.page.keyboard.press('Delete');
  await panel.page.waitForFunction(() => document.activeElement?.matches('input[name="comment"]') === true);
  await panel.page.keyboard.press('Enter');
  const target = { session: 'S-alpha', worker: 'a6d156a0231cf2f7a' };
  expect(await panel.intents()).toEqual([
    { action: 'pause', ...target },
    { action: 'resume', ...target },
    { action: 'abortWorker', ...target, word: 'wrong table' },
    { action: 'abortWorker', ...target },
  ]);
  const stopping = { ...agent, stopping: true, can: { ...can, pause: false, abort: false } };
  await panel.show(panelState({ view: view({ workers: [stopping] }) }));
  expect(await row.innerText()).toContain('It stops at its next call.');
  expect(await button('pause').count()).toBe(0);
  expect(await button('abort').count()).toBe(0);
});

test('workers that wait for the person start with one click, or not', async () => {
  const plan = {
    id: 'plan-R2',
    kind: 'plan',
    text: 'release wants to start a worker (R2): W8: Build',
    run: 'R2',
    action: 'startPlan',
  } as const;
  const panel = await open(panelState({ view: view({ notices: [plan] }) }));
  await panel.page.click('[data-notice="plan-R2"] [data-action="startPlan"]');
  await panel.page.click('[data-notice="plan-R2"] [data-action="refusePlan"]');
  expect(await panel.intents()).toEqual([
    { action: 'startPlan', session: 'S-alpha', run: 'R2' },
    { action: 'refusePlan', session: 'S-alpha', run: 'R2' },
  ]);
  await panel.show({ ...panelState({ view: view({ notices: [plan] }) }), trusted: false });
  expect(await panel.page.locator('[data-notice="plan-R2"] button').count()).toBe(0);
});

test('the keyboard reaches everything: one tab stop for a list, arrows within, Enter and Delete on a row', async () => {
  const panel = await open(busy);
  const { page } = panel;
  const focused = (): Promise<string> =>
    page.evaluate(() => {
      const { row, action } = (document.activeElement as HTMLElement).dataset;
      return row ?? action ?? document.activeElement?.tagName ?? '';
    });
  expect(await page.locator('[data-section="workers"] [data-row][tabindex="0"]').count()).toBe(1);

  await page.locator('[data-section="workers"] summary').focus();
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('W1');
  await page.keyboard.press('ArrowDown');
  expect(await focused()).toBe('W4');
  await page.keyboard.press('End');
  expect(await focused()).toBe('W2');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  expect(await focused()).toBe('log');
  await page.keyboard.press('ArrowLeft');
  expect(await focused()).toBe('W1');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Delete');
  expect(await focused()).toBe('abort');
  expect(await panel.intents()).toEqual([{ action: 'openWorkerLog', session: 'S-alpha', worker: 'W1' }]);
  await page.keyboard.press('Enter');
  expect(await panel.intents()).toHaveLength(2);

  await page.locator('[data-section="needsYou"] summary').focus();
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('next');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('release-all');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('S-alpha call held toolu_7');
  await page.keyboard.press('Enter');
  expect((await panel.intents()).at(-1)).toEqual({ action: 'letRun', session: 'S-alpha', call: 'held toolu_7' });
});

test('the focus survives snapshots, and goes to the neighbour when its row goes', async () => {
  const panel = await open(busy);
  const { page } = panel;
  const focusedRow = (): Promise<string | undefined> =>
    page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']);
  await page.locator('[data-blocks="B2"] [data-action="let-run-and-say"]').focus();
  const workers = busyView.workers.map((each) => ({ ...each, lastMessage: 'moved on' })).toReversed();
  await panel.show({ ...busy, view: { ...busyView, workers, calls: busyView.calls.toReversed() } });
  expect(await focusedRow()).toBe('S-alpha call block B2');
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['action'])).toBe('let-run-and-say');
  const calls = busyView.calls.filter(({ id }) => id !== 'block B2');
  await panel.show({ ...busy, view: view({ ...busyView, calls, decisions: undefined }) });
  expect(await focusedRow()).toMatch(/^S-alpha (call|notice) /);
});

test('a word half written survives snapshots', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-blocks="B1"] [data-action="let-run-and-say"]');
  await panel.page.keyboard.type('half a ');
  await panel.show({
    ...busy,
    view: { ...busyView, calls: busyView.calls.map((each) => ({ ...each, givesUpTs: NOW + 70_000 })) },
  });
  await panel.page.keyboard.type('word');
  expect(await panel.page.inputValue('[data-blocks="B1"] input')).toBe('half a word');
});

test('an older snapshot is ignored', async () => {
  const panel = await open();
  await panel.show(panelState({ view: view({ session: session({ name: 'newer' }) }) }), 7);
  await panel.send(panelState({ view: view({ session: session({ name: 'older' }) }) }), 6);
  await panel.show(panelState({ view: view({ session: session({ name: 'newest' }) }) }), 8);
  expect(await panel.page.innerText('.session-title')).toBe('newest');
});

test('what the transcript tells stands with the session, and with each subagent', async () => {
  const panel = await open(watched);
  const { page } = panel;
  const bar = page.locator('[data-transcript]');
  expect(await bar.innerText()).toMatch(/3 of 7: writing tests\s+Bash: npm test -- --run src\/parser 1\d s/);
  expect(await page.innerText('[data-conductor]')).toContain('21K tokens');
  expect(await page.getAttribute('[data-conductor] > :last-child', 'title')).toContain(
    '18K in, 2.2K out tokens, 1.2M from cache',
  );
  expect(await bar.locator('[role="progressbar"]').getAttribute('aria-valuenow')).toBe('43');
  await page.focus('[data-worker="ad8b7e5f27dfcbdf2"]');
  const subagent = await page.innerText('[data-worker="ad8b7e5f27dfcbdf2"]');
  for (const text of ['Write the migration', '50%', '1 of 2: writing the schema', 'Edit db/schema.sql'])
    expect(subagent).toContain(text);
  // an idle session has no current call, and a session without a readable transcript shows nothing of it
  const idle = { ...session(watched.view?.session), conductor: { state: 'idle' as const } };
  await panel.show(panelState({ view: view({ session: idle }) }));
  expect(await page.innerText('.session-bar')).not.toContain('Bash');
  await panel.show(panelState());
  expect(await bar.count()).toBe(0);
});

test('an edit collision names both and can be dismissed; a session without hooks is named as such', async () => {
  const panel = await open(collided);
  const { page } = panel;
  expect(await page.innerText('[data-banner="unhooked"]')).toContain('hooks are not active');
  // the message would not be delivered
  expect(await page.locator('.message-form, [data-action="message"], [data-action="abort-session"]').count()).toBe(0);
  const card = page.locator('[data-notice="n100"]');
  expect(await card.innerText()).toMatch(/Edit collision\s+1 min ago|Edit collision\s+70 s ago/);
  expect(await card.innerText()).toContain('Load the nightly data and Rename discount edited src/parser.ts');
  await card.locator('[data-action="dismiss"]').click();
  expect(await panel.intents()).toEqual([{ action: 'dismiss', session: 'S-alpha', notice: 100 }]);
  await panel.show({ ...collided, trusted: false });
  expect(await page.locator('[data-action="dismiss"]').count()).toBe(0);
});

test('hostile texts are drawn as texts', async () => {
  const { page } = await open(hostile, { savedState: { expanded: { activity: true } } });
  expect(await page.innerText('[data-blocks="B1"] .facts')).toContain(HOSTILE.html);
  expect(await page.innerText('[data-blocks="B3"] .facts')).toContain('red ⟨U+001B⟩]0;title⟨U+0007⟩plain');
  expect(await page.innerText('[data-blocks="B3"] .facts')).toContain('safe⟨U+202E⟩gnp.exe⟨U+2066⟩');
  expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(await page.locator('main img, main b, main a, main script').count()).toBe(0);
  expect(await page.locator('[data-worker]').count()).toBe(4);
  await page.click('[data-blocks="B2"] [data-toggle="text"]');
  expect((await page.innerText('[data-blocks="B2"] .facts')).length).toBeGreaterThan(100_000);
});

test('one polite region sums up, in words', async () => {
  const panel = await open(busy);
  expect(await panel.page.locator('[aria-live]').count()).toBe(1);
  await panel.page.waitForFunction(
    () => document.querySelector('[role="status"]')?.textContent === '4 workers running, 3 items need you',
  );
});

test('filter and open sections outlive the page', async () => {
  const first = await open(busy);
  await first.page.click('[data-section="activity"] summary');
  await first.page.fill('[data-action="filter"]', 'rows');
  await first.page.click('[data-section="locks"] summary');
  await first.page.waitForFunction(() => document.querySelector('[data-lock]') === null);
  expect(await first.page.locator('[data-activity]').count()).toBe(2);
  const savedState = await first.page.evaluate(() => window.savedState);
  const second = await open(busy, { savedState });
  expect(await second.page.inputValue('[data-action="filter"]')).toBe('rows');
  expect(await second.page.locator('[data-activity]').count()).toBe(2);
  expect(await second.page.locator('[data-lock]').count()).toBe(0);
});

test('a state saved by anything else is no reason to fail', async () => {
  const { page } = await open(busy, { savedState: { filter: 7, expanded: { workers: 'no' } } });
  expect(await page.locator('[data-worker]').count()).toBe(7);
});

test('an error on the page is told to the extension', async () => {
  const panel = await open();
  await panel.page.evaluate(() => {
    setTimeout(() => {
      throw new Error('from the test');
    });
  });
  await panel.page.waitForFunction(() => window.posted.some((message) => message.type === 'fault'));
  const [problem] = await panel.takeProblems();
  expect(problem).toContain('from the test');
});

/** How long it takes is measured in test/bench/panelBench.ts. */
test('a thousand workers: one more event changes the row that it is of, and nothing else', async () => {
  const workers = Array.from({ length: 1000 }, (_, index) =>
    worker(`W${index + 1}`, { task: `task ${index}`, progress: { pct: index % 100, at: NOW } }),
  );
  const state = (all: typeof workers) =>
    panelState({ view: view({ workers: all, counts: { running: 1000, ended: 0, needsYou: 0 } }) });
  const panel = await open(state(workers));
  await panel.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2));
  await panel.page.waitForSelector('[data-worker="W501"]');
  await panel.page.evaluate(() => {
    const touched: string[] = [];
    (window as { touched?: string[] }).touched = touched;
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        touched.push(element?.closest<HTMLElement>('[data-worker]')?.dataset['worker'] ?? element?.className ?? '');
      }
    }).observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  await panel.show(state(workers.map((each, at) => (at === 500 ? { ...each, lastMessage: 'one event' } : each))));
  expect(await panel.page.textContent('[data-worker="W501"]')).toContain('one event');
  const touched = await panel.page.evaluate(() => (window as { touched?: string[] }).touched);
  // the row, and the count of a section's head
  expect([...new Set(touched)].filter((each) => each !== 'count')).toEqual(['W501']);
  expect(touched?.length).toBeLessThan(6);
});

test('released blocks leave at once', async () => {
  const { page } = await open(
    panelState({ view: view({ blocks: [block('B1', { cleared: { by: 'user', ts: NOW } }), block('B2')] }) }),
  );
  expect(await page.$$eval('[data-block]', (all) => all.map((each) => (each as HTMLElement).dataset['block']))).toEqual(
    ['B2'],
  );
});

/** More than the 60 KB of earlier days, since what is seen first is now the Board with all of its cards, budgets and merges among them. */
const MAX_FIRST_BYTES = 79 * 1024;

test('what the page loads at first stays within 79 KB', () => {
  const sizeOf = (file: string): number => {
    const path = join(repoRoot, 'dist', 'webview', file);
    const shared = [...readFileSync(path, 'utf8').matchAll(/from"\.\/(panel-chunk-[\w-]+\.js)"/g)];
    return shared.reduce((sum, [, name = '']) => sum + statSync(join(path, '..', name)).size, statSync(path).size);
  };
  const size = sizeOf('panel.js');
  expect(size).toBeGreaterThan(60 * 1024);
  expect(size).toBeLessThanOrEqual(MAX_FIRST_BYTES);
});

test('a permission request says exactly what is asked, by whom, and for how long, before everything else', async () => {
  const asks = [
    { id: 'p1', tool: 'Bash', summary: 'npm publish --access public', sinceTs: NOW - 12_000 },
    { id: 'p2', tool: 'WebFetch', summary: 'https://example.org/', sinceTs: NOW - 3000, worker: 'a61f' },
  ];
  const { page } = await open(
    panelState({ view: view({ asks, calls: [heldCall({ sinceTs: NOW })], workers: [worker('W1')] }) }),
  );
  const keys = await page.$$eval('[data-section="needsYou"] .card', (cards) =>
    cards.map((card) => (card as HTMLElement).dataset['ask'] ?? (card as HTMLElement).dataset['blocks']),
  );
  expect(keys).toEqual(['p1', 'p2', 'B1']);
  const card = await page.innerText('[data-ask="p1"]');
  for (const text of [
    'Claude wants to run',
    'npm publish --access public',
    /1\d s/,
    'Go to Claude',
    'Answer here from now on',
  ])
    expect(card).toMatch(text);
  expect(await page.innerText('[data-ask="p2"]')).toContain('a61f');
});

test('Claude is resumed from the session bar', async () => {
  const panel = await open(panelState({ view: view({ session: session({ paused: true }) }) }));
  await panel.page.click('[data-action="resume"]');
  expect(await panel.intents()).toEqual([{ action: 'resume', session: 'S-alpha' }]);
  await panel.show({ ...panelState(), trusted: false });
  expect(await panel.page.locator('[data-action="pause"], [data-action="resume"]').count()).toBe(0);
});

test('the whole session is aborted after a question, and not twice', async () => {
  const panel = await open(panelState());
  await panel.page.click('[data-action="abort-session"]');
  expect(await panel.intents()).toEqual([]);
  await panel.page.click('text=Really abort Claude’s turn and all workers?');
  expect(await panel.intents()).toEqual([{ action: 'abortSession', session: 'S-alpha' }]);
  await panel.show(panelState({ view: view({ session: session({ aborted: true }) }) }));
  expect(await panel.page.locator('[data-action="abort-session"]').count()).toBe(0);
});

test('a permission request that a hook waits for is allowed or denied here; another one only where Claude runs', async () => {
  const asks = [
    { id: 'p1', tool: 'Bash', summary: 'npm publish', sinceTs: NOW - 1000, answerable: true },
    { id: 'p2', tool: 'Bash', summary: 'git push', sinceTs: NOW - 1000 },
    { id: 'p3', tool: 'Bash', summary: 'rm x', sinceTs: NOW - 1000, answerable: true },
  ];
  const panel = await open(panelState({ view: view({ asks }) }), { from: NOW });
  const answer = { action: 'answerPermission', session: 'S-alpha' };
  await panel.page.click('[data-ask="p1"] [data-action="allow"]');
  expect(await panel.page.innerText('[data-ask="p1"]')).toContain('Allowed');
  expect(await panel.page.locator('[data-ask="p1"] button').count()).toBe(0);
  await panel.page.click('[data-ask="p3"] [data-action="deny-and-say"]');
  await panel.page.keyboard.press('Escape');
  expect(await panel.page.evaluate(() => (document.activeElement as HTMLElement).dataset['action'])).toBe('allow');
  await panel.page.mouse.move(1, 1);
  await panel.page.click('[data-ask="p3"] [data-action="deny-and-say"]');
  await panel.page.keyboard.type('use git rm');
  await panel.page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([
    { ...answer, ask: 'p1', decision: 'allow' },
    { ...answer, ask: 'p3', decision: 'deny', word: 'use git rm' },
  ]);
  await panel.page.click('[data-ask="p2"] [data-action="answer-here"]');
  await panel.page.click('[data-ask="p2"] [data-action="focus-terminal"]');
  expect((await panel.intents()).slice(2)).toEqual([
    { action: 'answerHere' },
    { action: 'focusTerminal', session: 'S-alpha' },
  ]);
});
