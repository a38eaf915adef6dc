import { expect, test } from 'vitest';
import { boardOf } from '#core/projection/board.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import type { Settings } from '#protocol/settings.ts';
import { dueNews, type News, type NewsMemory } from '#extension/status/news.ts';
import { longestMissed } from '#extension/status/ringQuestion.ts';
import type { BoardRow } from '#protocol/board.ts';
import { ask, blocks, denied, held, idle, viewOf, working } from '#test/unit/core/projection/boardLogs.ts';
import { started, T0 } from '#test/unit/core/fold/world.ts';

const { settings: defaults } = parseSettings({});

/** A window that opened before the sessions began; the events of a log are a second apart. */
class Stage {
  readonly memory: NewsMemory = { sinceMs: T0, given: new Set(), turns: new Map() };
  settings: Settings = defaults;
  lookedAt: string | undefined;
  seenTs: number | undefined;

  at(now: number, ...logs: object[][]) {
    const views = logs.map((log, i) => viewOf(log, { id: `s${i + 1}`, now }));
    const board = boardOf(views, { now, dayStartTs: T0, seenTs: () => this.seenTs });
    const looksAt = (session: string): boolean => session === this.lookedAt;
    return dueNews({ views, board, now, settings: this.settings, looksAt }, this.memory);
  }
}

const texts = ({ news }: { news: News[] }): string[] => news.map(({ text }) => text);
const MINUTE = 60_000;
const later = T0 + MINUTE;
const said = (text: string): object => ({ t: 'prompt', text });

test('a permission request names who asks in which project, and stands until it is answered', () => {
  const stage = new Stage();
  const log = [said('Deploy a preview'), working, ask({ summary: 'vercel deploy --prebuilt', answerable: true })];
  const { news, standing } = stage.at(later, log);
  expect(news).toMatchObject([
    { kind: 'permission', how: 'notification', session: 's1', row: { ask: { answerable: true } } },
  ]);
  expect(texts({ news })[0]).toMatch(/ \(s1\) wants to run vercel deploy --prebuilt$/);
  expect([...standing.keys()]).toEqual(news.map(({ key }) => key));
  const again = stage.at(later, log);
  expect([again.news, again.standing.size]).toEqual([[], 1]);
  expect(stage.at(later, [...log, { t: 'answer', ask: 'a1', decision: 'allow', by: 'user' }]).standing.size).toBe(0);
});

test.each([
  ['a question', ask({ tool: 'AskUserQuestion', summary: 'Redis, or in memory?' }), / asks: Redis, or in memory\?$/],
  ['a plan', ask({ tool: 'ExitPlanMode', summary: '3 steps' }), / has a plan and waits for your word$/],
  ['a tool', ask({ tool: 'WebFetch', summary: 'https://x.example' }), / wants to use WebFetch https:\/\/x\.example$/],
  ['a dialog of which nothing is known', { t: 'turn', state: 'waiting' }, / asks you in its terminal$/],
  ['an escalation', { t: 'log', level: 'escalate', message: 'no licence' }, / \(s1\): .*no licence/],
])('%s is one message in words', (_name, event, text) => {
  const { news } = new Stage().at(later, [working, event]);
  expect(news).toHaveLength(1);
  expect(news[0]?.text).toMatch(text);
});

test('a call held by ten blocks is one message, after it has waited, and the same once it is refused', () => {
  const stage = new Stage();
  const [hooks, holds] = [Array.from({ length: 10 }, () => blocks('user')), Array.from({ length: 10 })];
  const each = (event: object): object[] => holds.map((_, i) => ({ ...event, id: `h${i}`, block: `B${i + 1}` }));
  const log = [working, ...hooks, ...each(held)];
  const heldTs = T0 + 1000 * (2 + hooks.length + 1);
  const early = stage.at(heldTs + 5000, log);
  expect([early.news, early.standing.size]).toEqual([[], 1]);
  expect(early.nextTs).toBeGreaterThan(heldTs + 5000);
  const due = stage.at(early.nextTs ?? 0, log);
  expect(due.news).toMatchObject([{ kind: 'block', session: 's1' }]);
  expect(texts(due)[0]).toContain('wants to run sh merge.sh. It waits for you: look first');
  const refused = stage.at(later, [...log, ...each(denied)]);
  expect([refused.news, [...refused.standing.keys()]]).toEqual([[], due.news.map(({ key }) => key)]);
  expect(stage.at(later, [...log, { t: 'unblock', block: 'B1', by: 'user' }]).standing.size).toBe(1);
});

test('a block that ends by itself is no news until it cannot any more', () => {
  const stage = new Stage();
  const log = [working, ...started(1), blocks('W1', { until: 'ok:W1' }), held];
  expect(stage.at(later, log).news).toEqual([]);
  const { news } = stage.at(later, [...log, { t: 'exit', worker: 'W1', code: 1 }]);
  expect(news.filter(({ kind }) => kind === 'block')).toHaveLength(1);
});

test('the end of a long turn is news with its words, if the person did not look', () => {
  const turn = [working, ...Array.from({ length: 40 }, () => ({ t: 'progress', worker: 'W1', pct: 5 })), idle];
  const atWork = turn.slice(0, -1);
  const stage = new Stage();
  stage.at(later, atWork);
  const { news } = stage.at(later, turn);
  expect(news).toMatchObject([{ kind: 'turn', how: 'notification', session: 's1' }]);
  expect(texts({ news })[0]).toMatch(/ has finished$/);
  expect(stage.at(later, turn).news).toEqual([]);
  const looking = new Stage();
  looking.at(later, atWork);
  looking.lookedAt = 's1';
  expect(looking.at(later, turn).news).toEqual([]);
  const short = new Stage();
  short.at(later, [working]);
  expect(short.at(later, [working, idle]).news).toEqual([]);
  // a window that opened in between does not know how long it was
  expect(new Stage().at(later, turn).news).toEqual([]);
});

test('a session at work without a sign of life for five minutes is news once', () => {
  const stage = new Stage();
  stage.at(T0 + 4 * MINUTE, [working]);
  const now = T0 + 6 * MINUTE;
  expect(texts(stage.at(now, [working]))).toEqual([expect.stringMatching(/ \(s1\): nothing for 5 min$/)]);
  expect(stage.at(now + MINUTE, [working]).news).toEqual([]);
});

test('a window that opens gives no news of the past, and off is off', () => {
  const log = [working, ask(), { t: 'log', level: 'escalate', message: 'no licence' }];
  const late = new Stage();
  late.memory.sinceMs = later;
  expect(late.at(later, log).news).toEqual([]);
  const quiet = new Stage();
  quiet.settings = { ...defaults, 'notify.permission': 'off', 'notify.escalation': 'statusBar' };
  expect(quiet.at(later, log).news.map(({ kind, how }) => [kind, how])).toEqual([['escalation', 'statusBar']]);
});

test('what stands in two sessions is given once', () => {
  const collision = (session: string): object => {
    return { t: 'collision', worker: 'conductor', other: 'conductor', file: '/home/dev/cart.ts', session };
  };
  const { news } = new Stage().at(later, [working, collision('s2')], [working, collision('s1')]);
  expect(news.map(({ kind }) => kind)).toEqual(['escalation']);
});

test('the workers of a run end together; one that failed before, at once; each by its task', () => {
  const stage = new Stage();
  const spawn = (worker: string): object => ({ t: 'spawn', worker, task: `Load ${worker}`, run: 'R1' });
  const log = [working, spawn('W1'), spawn('W2'), { t: 'exit', worker: 'W1', code: 1 }];
  const ends = (update: { news: News[] }): string[] => texts({ news: update.news.filter((n) => n.kind === 'done') });
  expect(ends(stage.at(later, log))).toEqual([expect.stringMatching(/^Load W1 in .+ \(s1\) has failed$/)]);
  const all = ends(stage.at(later, [...log, { t: 'exit', worker: 'W2', code: 0 }]));
  expect(all).toEqual([expect.stringMatching(/^All workers of .+ \(s1\) have ended: 1 failed, 1 done$/)]);
  const well = [working, spawn('W1'), spawn('W2'), ...['W1', 'W2'].map((worker) => ({ t: 'exit', worker, code: 0 }))];
  expect(ends(new Stage().at(later, well))).toEqual([expect.stringMatching(/^All 2 workers are done: .+ \(s1\)$/)]);
});

test('only what came while the person was away, and waited long, was missed', () => {
  const rows = (...times: number[]): BoardRow[] => times.map((sinceTs) => ({ sinceTs }) as BoardRow);
  const now = 60 * MINUTE;
  expect(longestMissed(rows(now - 6 * MINUTE, now - MINUTE), now - 10 * MINUTE, now)).toBe(6 * MINUTE);
  expect(longestMissed(rows(now - 20 * MINUTE, now - MINUTE), now - 10 * MINUTE, now)).toBeUndefined();
  expect(longestMissed([], 0, now)).toBeUndefined();
});
