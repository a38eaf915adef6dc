import { expect, test } from 'vitest';
import { parseSettings } from '#protocol/parseSettings.ts';
import type { BlockView, ViewModel, WorkerState, WorkerView } from '#protocol/viewModel.ts';
import { pendingNotifications, type NotificationMemory } from '#extension/status/notifications.ts';

const { settings } = parseSettings({});
const opened = 1_000_000;
const memory = (): NotificationMemory => ({ sinceMs: opened, notified: new Set() });

const block: BlockView = {
  id: 'B1',
  worker: 'W1',
  event: 'PreToolUse',
  reason: 'data1.csv is in memory',
  concerns: 'Read of data1.csv',
  sinceTs: opened,
  standing: true,
  needsYou: true,
  deniedCount: 1,
  firstStruckTs: opened + 5000,
};

const view = (now: number, parts: Partial<ViewModel> = {}): ViewModel => ({
  generatedTs: now,
  session: { id: 's1', title: 'p', live: true, conductor: { state: 'working' } },
  notices: [],
  asks: [],
  blocks: [],
  workers: [],
  ballots: [],
  locks: [],
  checkpoints: [],
  pipeline: [],
  activity: [],
  damaged: { total: 0, reasons: [] },
  counts: { running: 0, ended: 0, needsYou: 0 },
  ...parts,
});

test('workers that wait for the person are told like a permission request, with their run', () => {
  const notices = [
    { id: 'plan-R1', kind: 'plan' as const, text: 'x wants to start a worker', run: 'R1', ts: opened + 1 },
  ];
  const { notifications } = pendingNotifications(view(opened + 2, { notices }), settings, memory());
  expect(notifications).toMatchObject([
    { kind: 'permission', how: 'notification', run: 'R1', text: 'x wants to start a worker' },
  ]);
});

test('a block is news once, after it has held Claude for long enough', () => {
  const remembered = memory();
  const early = pendingNotifications(view(opened + 6000, { blocks: [block] }), settings, remembered);
  expect(early).toEqual({ notifications: [], nextTs: opened + 15_000 });
  const due = pendingNotifications(view(opened + 15_000, { blocks: [block] }), settings, remembered);
  expect(due.notifications).toMatchObject([{ kind: 'block', how: 'notification', block: 'B1', session: 's1' }]);
  expect(pendingNotifications(view(opened + 20_000, { blocks: [block] }), settings, remembered)).toEqual({
    notifications: [],
  });
});

test('a block that is stuck is news at once, and again when it is stuck anew', () => {
  const { firstStruckTs: _, ...waiting } = block;
  const remembered = memory();
  const at = (ts: number) =>
    pendingNotifications(
      view(ts, { blocks: [{ ...waiting, stuck: { why: 'W1 failed: exit code 1', ts } }] }),
      settings,
      remembered,
    ).notifications;
  expect(at(opened + 1)).toMatchObject([
    {
      kind: 'block',
      how: 'notification',
      block: 'B1',
      text: 'B1 by W1 is stuck and ends no more by itself: W1 failed: exit code 1',
    },
  ]);
  expect(at(opened + 1)).toEqual([]);
  expect(at(opened + 9)).toHaveLength(1);
  expect(at(opened - 9)).toEqual([]);
});

test('a block that stands but has struck nobody is no news, nor one that is gone', () => {
  const { firstStruckTs: _, ...waiting } = block;
  const blocks = [waiting, { ...block, standing: false }];
  expect(pendingNotifications(view(opened + 60_000, { blocks }), settings, memory())).toEqual({ notifications: [] });
});

test('a window that opens tells nothing of the past', () => {
  const old = opened - 60_000;
  const parts: Partial<ViewModel> = {
    blocks: [{ ...block, firstStruckTs: old }],
    notices: [{ id: 'n1', kind: 'escalation', text: 'long ago', ts: old }],
    workers: [{ id: 'W1', state: 'done', after: [], silent: false, canAbort: false, endedTs: old }],
  };
  expect(pendingNotifications(view(opened, parts), settings, memory())).toEqual({ notifications: [] });
});

test('off is off, and is not made up for later', () => {
  const quiet = { ...settings, 'notify.block': 'off' as const };
  expect(pendingNotifications(view(opened + 60_000, { blocks: [block] }), quiet, memory()).notifications).toEqual([]);
});

test('what stands in two sessions is told once', () => {
  const notice = { id: 'n1', kind: 'collision' as const, text: 'two edits', ts: opened + 1, cause: 'a.ts' };
  const remembered = memory();
  expect(
    pendingNotifications(view(opened + 2, { notices: [notice] }), settings, remembered).notifications,
  ).toHaveLength(1);
  const other = { ...view(opened + 2, { notices: [{ ...notice, id: 'n7' }] }) };
  other.session = { ...other.session, id: 's2' };
  expect(pendingNotifications(other, settings, remembered).notifications).toEqual([]);
});

test('escalations and warnings are told, decisions and ends are said in the status bar', () => {
  const parts: Partial<ViewModel> = {
    notices: [{ id: 'n1', kind: 'warning', text: 'disk almost full', worker: 'W1', ts: opened + 1 }],
    workers: [{ id: 'W2', state: 'done', after: [], silent: false, canAbort: false, endedTs: opened + 1 }],
    ballots: [
      {
        name: 'ship',
        options: [],
        votes: [],
        cast: 2,
        decided: { decision: 'proceed', why: 'majority', ts: opened + 1 },
      },
    ],
  };
  const { notifications } = pendingNotifications(view(opened + 2, parts), settings, memory());
  expect(notifications.map(({ how, text }) => [how, text])).toEqual([
    ['notification', 'W1: disk almost full'],
    ['statusBar', 'ship is decided: proceed'],
    ['statusBar', 'W2 is done'],
  ]);
});

test('the workers of a run are told together when the last has ended; one that failed before, at once', () => {
  const worker = (id: string, run: string, state: WorkerState, endedTs?: number): WorkerView => ({
    id,
    run,
    state,
    after: [],
    silent: false,
    canAbort: false,
    ...(endedTs === undefined ? {} : { endedTs }),
  });
  const remembered = memory();
  const notify = (workers: WorkerView[]): string[] =>
    pendingNotifications(view(opened + 100, { workers }), settings, remembered).notifications.map(({ text }) => text);
  const [W1, W2] = [worker('W1', 'R1', 'done', opened + 1), worker('W2', 'R1', 'failed', opened + 2)];
  expect(notify([W1, worker('W2', 'R1', 'running'), worker('W3', 'R1', 'running')])).toEqual([]);
  expect(notify([W1, W2, worker('W3', 'R1', 'running')])).toEqual(['W2 has failed']);
  const all = [W1, W2, worker('W3', 'R1', 'done', opened + 3)];
  expect(notify([...all, worker('W4', 'R2', 'running')])).toEqual(['All workers of R1 have ended: 2 done, 1 failed']);
  expect(notify([...all, worker('W4', 'R2', 'done', opened + 4)])).toEqual(['W4 is done']);
});

test('a permission request is news at once, with what exactly is asked', () => {
  const asks = [
    { id: 'p1', tool: 'Bash', summary: 'npm publish', sinceTs: opened + 10 },
    { id: 'p2', tool: 'Bash', summary: 'of yesterday', sinceTs: opened - 10 },
  ];
  const remembered = memory();
  expect(pendingNotifications(view(opened + 20, { asks }), settings, remembered).notifications).toMatchObject([
    { kind: 'permission', how: 'notification', text: 'Claude asks for your permission: Bash npm publish' },
  ]);
  expect(pendingNotifications(view(opened + 30, { asks }), settings, remembered).notifications).toEqual([]);
});
