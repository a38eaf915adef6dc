import { afterEach, expect, test, vi } from 'vitest';
import * as vscode from 'vscode';
import { boardOf } from '#core/projection/board.ts';
import { decisionsOf } from '#core/projection/decisions.ts';
import { withWindowNames } from '#core/projection/windowNames.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { History } from '#extension/history/history.ts';
import { dueNews } from '#extension/status/news.ts';
import { SessionsTree } from '#extension/status/sessionsTree.ts';
import { StatusBar } from '#extension/status/statusBar.ts';
import { summarize } from '#extension/status/summary.ts';
import { block, NOW, session, view, worker } from '#test/web/fixtures.ts';

afterEach(() => void vi.restoreAllMocks());

const MADE_ID = /\b[0-9a-f]{8,}\b/i;
const [FIRST, SECOND] = ['3f0c21de-7c1e-40ab-9d3f-0123456789ab', '7c1e90ab-3f0c-40ab-9d3f-0123456789ab'];
const AGENT = 'a6d156a0231cf2f7a';

/** Two sessions and an agent with ids as Claude Code makes them, in all that is reported of them. */
const views: ViewModel[] = withWindowNames(
  [FIRST, SECOND].map((id, i) =>
    view({
      session: session({
        id,
        name: ['Fix the rounding', 'Rename discount'][i] ?? '',
        projectName: ['shop', 'web'][i] ?? '',
      }),
      workers: [worker(AGENT, { name: 'Review payments', state: 'failed', endedTs: NOW })],
      asks: [{ id: 'p1', tool: 'Bash', summary: 'npm publish', sinceTs: NOW, worker: AGENT }],
      blocks: [block('B1', { worker: AGENT, firstStruckTs: NOW - 60_000, stuck: { why: 'it failed', ts: NOW } })],
      notices: [
        {
          id: 'n1',
          kind: 'collision',
          text: 'of this session alone',
          worker: AGENT,
          ts: NOW,
          collision: {
            file: 'src/cart.ts',
            path: '/p/src/cart.ts',
            agents: [
              { session: FIRST, worker: 'conductor' },
              { session: SECOND, worker: AGENT },
            ],
          },
        },
      ],
      counts: { running: 1, ended: 0, needsYou: 3 },
    }),
  ),
).map((each) => ({ ...each, decisions: decisionsOf(each) }));

test('no notification shows an id that a machine has made; each names the session', () => {
  const { settings } = parseSettings({ 'notify.done': 'notification' });
  const board = boardOf(views, { now: NOW, dayStartTs: 0, seenTs: () => 0 });
  const sources = { views, board, now: NOW, settings, looksAt: () => false };
  const { news } = dueNews(sources, { sinceMs: NOW - 100_000, given: new Set(), turns: new Map() });
  const texts = news.map(({ text }) => text);
  expect(texts.length).toBeGreaterThanOrEqual(6);
  expect(texts.filter((text) => MADE_ID.test(text))).toEqual([]);
  expect(texts).toContain('Review payments in Fix the rounding (shop) wants to run npm publish');
  expect(texts.join('\n')).toContain('Fix the rounding and Review payments edited src/cart.ts');
});

test('nor does the status bar, whose tooltip lists the sessions by name', () => {
  const item = { show: () => {}, hide: () => {}, dispose: () => {}, text: '', tooltip: { value: '' } };
  vi.spyOn(vscode.window, 'createStatusBarItem').mockReturnValue(item as never);
  const bar = new StatusBar();
  bar.show(
    summarize(views, { needsYou: 2 }),
    views,
    boardOf(views, { now: NOW, dayStartTs: 0, seenTs: () => 0 }),
    'always',
  );
  const visible = item.tooltip.value.replaceAll(/\]\(command:[^)]*\)/g, ']');
  expect(`${item.text}\n${visible}`).not.toMatch(MADE_ID);
  for (const name of ['Fix the rounding', 'Rename discount', 'shop', 'web']) expect(visible).toContain(name);
  bar.dispose();
});

test('nor does a row of the tree, but its tooltip does', async () => {
  const tree = new SessionsTree({ folders: () => [] } as unknown as History);
  const rows = views.map((each) => ({
    session: each.session.id,
    view: { ...each, session: { ...each.session, live: false } },
  }));
  tree.show(rows, undefined, summarize(views, { needsYou: 2 }));
  const items = await Promise.all(rows.map((row) => tree.getTreeItem(row)));
  expect(items.map(({ label }) => label)).toEqual(['Fix the rounding', 'Rename discount']);
  for (const { label, description, accessibilityInformation } of items)
    expect(JSON.stringify([label, description, accessibilityInformation])).not.toMatch(MADE_ID);
  expect(items.map(({ description }) => String(description).split(' · ')[0])).toEqual(['shop', 'web']);
  expect(items[0]?.tooltip).toContain(FIRST);
});
