import { statSync } from 'node:fs';
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
  await panel.page.click('[data-empty="slow"] [data-action="show-log"]', { timeout: 15_000 });
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
    'release-with-comment',
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
  expect(sections).toEqual([
    'needsYou',
    'waitingByDesign',
    'workers',
    'votes',
    'locks',
    'checkpoints',
    'pipeline',
    'activity',
  ]);
  expect(await page.innerText('[data-conductor]')).toMatch(/Conductor\s+working/);

  const card = await page.innerText('[data-block="B1"]');
  for (const text of [
    'W1',
    'reading it now would give',
    'Read of data1.csv',
    'when W1 has ended',
    'refused 2 times',
    /holds Read for 1\d s/,
  ]) {
    expect(card).toMatch(text);
  }
  expect(await page.innerText('[data-section="waitingByDesign"] [data-block="B4"]')).toMatch(/Ends\s+in 9 min/);
  expect(await page.innerText('[data-worker="W5"]')).toContain('silent for 2 min');
  expect(await page.innerText('[data-worker="W3"]')).toContain('Waits for db (held by W1)');
  expect(await page.innerText('[data-section="workers"]')).not.toMatch(/idle/i);
  expect(await page.innerText('[data-ballot="ship"]')).toMatch(/3 of 4 voted · quorum 3/);
  expect(await page.innerText('[data-ballot="format"]')).toContain('Decided: parquet');
  expect(await page.innerText('[data-lock="db"]')).toMatch(
    /W1[\s\S]*lease ends in \d+ s[\s\S]*token 41[\s\S]*W3[\s\S]*W4/,
  );
  expect(await page.innerText('[data-checkpoint="merge-ready"]')).toMatch(/1 of 3 arrived[\s\S]*W2[\s\S]*W1\s+W3/);
});

test('workers stand below their parent, ended ones last', async () => {
  const { page } = await open(busy);
  const ids = await page.$$eval('[data-worker]', (rows) => rows.map((row) => (row as HTMLElement).dataset['worker']));
  expect(ids).toEqual(['W1', 'W4', 'W3', 'W5', 'W6', 'W2', 'W7']);
  const [parent, child] = await page.$$eval('[data-worker] .worker-id', (names) =>
    names.map((name) => name.getBoundingClientRect().x),
  );
  expect(child).toBeGreaterThan(parent ?? 0);
});

test('progress is a progress bar, and its remaining time runs on by itself', async () => {
  const { page } = await open(busy);
  const bar = page.locator('[data-worker="W1"] [role="progressbar"]');
  expect(await bar.getAttribute('aria-valuenow')).toBe('80');
  const eta = page.locator('[data-worker="W1"] .progress-text');
  const before = await eta.innerText();
  expect(before).toMatch(/80% · ETA 2\d s/);
  await page.waitForFunction(
    (text) => document.querySelector<HTMLElement>('[data-worker="W1"] .progress-text')?.innerText !== text,
    before,
  );
});

test('Release asks for exactly this block of this session', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-block="B1"] [data-action="release"]');
  await panel.page.click('[data-block="B3"] [data-action="release"]');
  expect(await panel.intents()).toEqual([
    { action: 'release', session: 'S-alpha', block: 'B1' },
    { action: 'release', session: 'S-alpha', block: 'B3' },
  ]);
});

test('a word goes along with the release on Enter, and Esc takes it back', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-block="B1"] [data-action="release-with-comment"]');
  await panel.page.keyboard.type('never mind');
  await panel.page.keyboard.press('Escape');
  expect(await panel.page.locator('[data-block="B1"] input').count()).toBe(0);
  await panel.page.click('[data-block="B1"] [data-action="release-with-comment"]');
  await panel.page.keyboard.type('Read only the first rows');
  await panel.page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([
    { action: 'release', session: 'S-alpha', block: 'B1', word: 'Read only the first rows' },
  ]);
});

test('a message goes to Claude on Enter, the field is empty for the next one, and nothing is sent for nothing', async () => {
  const panel = await open(busy);
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
    'Really abort W4?',
    { action: 'abortWorker', session: 'S-alpha', worker: 'W4' },
  ],
  [
    '[data-block="B1"] [data-action="abort"]',
    'Really abort W1?',
    { action: 'abortWorker', session: 'S-alpha', worker: 'W1' },
  ],
  [
    '[data-lock="db"] [data-action="break-lock"]',
    'Really break db?',
    { action: 'breakLock', session: 'S-alpha', resource: 'db' },
  ],
  ['[data-action="release-all"]', 'Really release all 4?', { action: 'releaseAll', session: 'S-alpha' }],
  [
    '[data-ballot="ship"] [data-action="vote"] >> nth=0',
    'Really vote proceed?',
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
  expect(await panel.page.locator('[data-action="switch-session"] option').allInnerTexts()).toEqual([
    'data-pipeline · S-alpha · working',
    'website · waiting for you',
    'data-pipeline · S-old · ended',
  ]);
  await panel.page.selectOption('[data-action="switch-session"]', 'S-beta');
  expect(await panel.intents()).toEqual([
    { action: 'openWorkerLog', session: 'S-alpha', worker: 'W1' },
    { action: 'openOutput', session: 'S-alpha', worker: 'W1' },
    { action: 'openEvents', session: 'S-alpha' },
    { action: 'approveRules' },
    { action: 'switchSession', session: 'S-beta' },
  ]);
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
  expect(await focused()).toBe('W7');
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
  expect(await focused()).toBe('release-all');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('block:B1');
  await page.keyboard.press('Enter');
  expect((await panel.intents()).at(-1)).toEqual({ action: 'release', session: 'S-alpha', block: 'B1' });
});

test('the focus survives snapshots, and goes to the neighbour when its row goes', async () => {
  const panel = await open(busy);
  const { page } = panel;
  const focusedRow = (): Promise<string | undefined> =>
    page.evaluate(() => document.activeElement?.closest<HTMLElement>('[data-row]')?.dataset['row']);
  await page.locator('[data-block="B2"] [data-action="release-with-comment"]').focus();
  const workers = busyView.workers.map((each) => ({ ...each, lastMessage: 'moved on' })).toReversed();
  await panel.show({ ...busy, view: { ...busyView, workers, blocks: busyView.blocks.toReversed() } });
  expect(await focusedRow()).toBe('block:B2');
  expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset['action'])).toBe(
    'release-with-comment',
  );
  await panel.show({ ...busy, view: { ...busyView, blocks: busyView.blocks.filter(({ id }) => id !== 'B2') } });
  expect(await focusedRow()).toMatch(/^(block|notice):/);
});

test('a word half written survives snapshots', async () => {
  const panel = await open(busy);
  await panel.page.click('[data-block="B1"] [data-action="release-with-comment"]');
  await panel.page.keyboard.type('half a ');
  await panel.show({
    ...busy,
    view: { ...busyView, blocks: busyView.blocks.map((each) => ({ ...each, deniedCount: 9 })) },
  });
  await panel.page.keyboard.type('word');
  expect(await panel.page.inputValue('[data-block="B1"] input')).toBe('half a word');
});

test('an older snapshot is ignored', async () => {
  const panel = await open();
  await panel.show(panelState({ view: view({ session: session({ title: 'newer' }) }) }), 7);
  await panel.send(panelState({ view: view({ session: session({ title: 'older' }) }) }), 6);
  await panel.show(panelState({ view: view({ session: session({ title: 'newest' }) }) }), 8);
  expect(await panel.page.innerText('.session-title')).toBe('newest');
});

test('what the transcript tells stands with the session, and with each subagent', async () => {
  const panel = await open(watched);
  const { page } = panel;
  const bar = page.locator('[data-transcript]');
  expect(await bar.innerText()).toMatch(
    /3 of 7: writing tests\s+Bash: npm test -- --run src\/parser 1\d s\s+18K in, 2\.2K out tokens, 1\.2M from cache/,
  );
  expect(await bar.locator('[role="progressbar"]').getAttribute('aria-valuenow')).toBe('43');
  const subagent = await page.innerText('[data-worker="ad8b7e5f27dfcbdf2"]');
  for (const text of ['Write the migration', '50%', '1 of 2: writing the schema', 'Edit db/schema.sql'])
    expect(subagent).toContain(text);
  // an idle session has no current call, and a session without a readable transcript shows nothing of it
  const idle = { ...session(watched.view?.session), conductor: { state: 'idle' as const } };
  await panel.show(panelState({ view: view({ session: idle }) }));
  expect(await bar.innerText()).not.toContain('Bash');
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
  expect(await card.innerText()).toContain('src/parser.ts was edited by session 3f0c21de and by session 7c1e90ab');
  await card.locator('[data-action="dismiss"]').click();
  expect(await panel.intents()).toEqual([{ action: 'dismiss', session: 'S-alpha', notice: 100 }]);
  await panel.show({ ...collided, trusted: false });
  expect(await page.locator('[data-action="dismiss"]').count()).toBe(0);
});

test('hostile texts are drawn as texts', async () => {
  const { page } = await open(hostile, { savedState: { expanded: { activity: true } } });
  expect(await page.innerText('[data-block="B1"] .card-text')).toContain(HOSTILE.html);
  expect(await page.innerText('[data-block="B1"] .facts')).toContain(HOSTILE.markdown);
  expect(await page.innerText('[data-block="B1"] .facts')).toContain('red ⟨U+001B⟩]0;title⟨U+0007⟩plain');
  expect(await page.innerText('[data-block="B3"] .card-text')).toContain('safe⟨U+202E⟩gnp.exe⟨U+2066⟩');
  expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(await page.locator('main img, main b, main a, main script').count()).toBe(0);
  expect(await page.locator('[data-worker]').count()).toBe(4);
  await page.click('[data-block="B2"] [data-toggle="text"]');
  expect((await page.innerText('[data-block="B2"] .card-text')).length).toBeGreaterThan(100_000);
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

test('a thousand workers: one more event is drawn within 50 ms of scripting', async () => {
  const workers = Array.from({ length: 1000 }, (_, index) =>
    worker(`W${index + 1}`, { task: `task ${index}`, progress: { pct: index % 100, at: NOW } }),
  );
  const panel = await open(panelState({ view: view({ workers, counts: { running: 1000, ended: 0, needsYou: 0 } }) }));
  await panel.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight / 2));
  await panel.page.waitForSelector('[data-worker="W501"]');
  const cdp = await panel.page.context().newCDPSession(panel.page);
  await cdp.send('Performance.enable');
  const scripting = async (): Promise<number> => {
    const { metrics } = await cdp.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'ScriptDuration')?.value ?? 0);
  };
  const costs: number[] = [];
  for (let generation = 2; generation < 7; generation++) {
    const changed = workers.map((each, at) => (at === 500 ? { ...each, lastMessage: `event ${generation}` } : each));
    const before = await scripting();
    await panel.show(
      panelState({ view: view({ workers: changed, counts: { running: 1000, ended: 0, needsYou: 0 } }) }),
    );
    costs.push((await scripting()) - before);
    expect(await panel.page.textContent('[data-worker="W501"]')).toContain(`event ${generation}`);
  }
  const median = costs.toSorted((one, other) => one - other)[2] ?? Infinity;
  console.log(`scripting for one event among 1,000 workers: ${median.toFixed(1)} ms`);
  expect(median).toBeLessThan(50);
});

test('released blocks leave at once', async () => {
  const { page } = await open(
    panelState({ view: view({ blocks: [block('B1', { cleared: { by: 'user', ts: NOW } }), block('B2')] }) }),
  );
  expect(await page.$$eval('[data-block]', (all) => all.map((each) => (each as HTMLElement).dataset['block']))).toEqual(
    ['B2'],
  );
});

test('the script stays within 60 KB', () => {
  expect(statSync(join(repoRoot, 'dist', 'webview', 'panel.js')).size).toBeLessThanOrEqual(60 * 1024);
});

test('a permission request says exactly what is asked, by whom, and for how long, before everything else', async () => {
  const asks = [
    { id: 'p1', tool: 'Bash', summary: 'npm publish --access public', sinceTs: NOW - 12_000 },
    { id: 'p2', tool: 'WebFetch', summary: 'https://example.org/', sinceTs: NOW - 3000, worker: 'a61f' },
  ];
  const { page } = await open(panelState({ view: view({ asks, blocks: [block('B1')], workers: [worker('W1')] }) }));
  const keys = await page.$$eval('[data-section="needsYou"] .card', (cards) =>
    cards.map((card) => (card as HTMLElement).dataset['ask'] ?? (card as HTMLElement).dataset['block']),
  );
  expect(keys).toEqual(['p1', 'p2', 'B1']);
  const card = await page.innerText('[data-ask="p1"]');
  for (const text of [
    'Permission',
    'Conductor',
    'Bash',
    'npm publish --access public',
    /for 1\d s/,
    'where Claude runs',
  ])
    expect(card).toMatch(text);
  expect(await page.innerText('[data-ask="p2"]')).toContain('a61f');
});

test('Claude is paused and resumed from the session bar', async () => {
  const panel = await open(panelState());
  await panel.page.click('[data-action="pause"]');
  await panel.show(panelState({ view: view({ session: session({ paused: true }) }) }));
  await panel.page.click('[data-action="resume"]');
  expect(await panel.intents()).toEqual([
    { action: 'pause', session: 'S-alpha' },
    { action: 'resume', session: 'S-alpha' },
  ]);
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
  const panel = await open(panelState({ view: view({ asks }) }));
  const answer = { action: 'answerPermission', session: 'S-alpha' };
  await panel.page.click('[data-ask="p1"] [data-action="allow"]');
  // a second click is ignored
  await panel.page.click('[data-ask="p1"] [data-action="deny"]');
  await panel.page.click('[data-ask="p3"] [data-action="deny-with-comment"]');
  await panel.page.keyboard.press('Escape');
  expect(await panel.page.evaluate(() => (document.activeElement as HTMLElement).dataset['action'])).toBe('allow');
  await panel.page.click('[data-ask="p3"] [data-action="deny-with-comment"]');
  await panel.page.keyboard.type('use git rm');
  await panel.page.keyboard.press('Enter');
  expect(await panel.intents()).toEqual([
    { ...answer, ask: 'p1', decision: 'allow' },
    { ...answer, ask: 'p3', decision: 'deny', word: 'use git rm' },
  ]);
  expect(await panel.page.locator('[data-ask="p2"] button').count()).toBe(0);
  expect(await panel.page.innerText('[data-ask="p2"]')).toContain('Answer it where Claude runs');
});
