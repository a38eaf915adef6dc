import { expect, test } from 'vitest';
import type { SessionLink } from '#core/machines/sessionLink.ts';
import { boardOf } from '#core/projection/board.ts';
import { timeOfDay } from '#core/projection/names.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

// A session that several machines share, as its seat and as another machine see it.

const NOW = T0 + 600_000;
const SINCE = T0 + 60_000;
const at = timeOfDay(SINCE);

const link = (more: Partial<SessionLink> = {}): SessionLink => ({
  seat: 'laptop',
  name: null,
  machine: 'laptop',
  here: true,
  connected: true,
  sinceTs: SINCE,
  behind: 0,
  lines: 0,
  seatHeardTs: null,
  machines: ['gpu1', 'build1'],
  heard: { gpu1: NOW - 3000, build1: NOW - 9000 },
  problem: null,
  ...more,
});
const copy = (more: Partial<SessionLink> = {}): SessionLink =>
  link({ machine: 'gpu1', here: false, machines: ['laptop'], heard: { laptop: NOW - 3000 }, ...more });

/** A line of another machine. */
let off = 0;
const from = (machine: string, event: object): object => ({ ...event, via: `${machine}/k`, off: ++off });

const view = (events: object[], known?: SessionLink): ViewModel =>
  toViewModel(fold(events), { id: 's1', now: NOW, live: true, silentSeconds: 60, link: known });
const row = (known?: SessionLink): ViewModel['session']['link'] => view(started(1), known).session.link;

test('a session that is not shared has no row', () => {
  expect(row()).toBeUndefined();
});

test('at the seat: with whom it is shared; without a connection since when, how much waits and that work goes on', () => {
  expect(row(link())).toEqual({ kind: 'shared', text: 'Shared with gpu1, build1' });
  expect(row(link({ machines: [] }))?.text).toBe('Shared; no other machine is heard');
  expect(row(link({ connected: false, lines: 12, problem: 'nobody answers' }))).toEqual({
    kind: 'disconnected',
    text: `Disconnected from the server since ${at}: 12 lines of this machine wait; work here goes on`,
    why: 'nobody answers',
  });
  expect(row(link({ connected: false, lines: 1 }))?.text).toContain('1 line of this machine waits;');
  expect(row(link({ connected: false }))?.text).toContain(': nothing of this machine waits;');
  expect(row(link({ connected: false, sinceTs: null, lines: 2 }))?.text).toBe(
    'Not connected to the server: 2 lines of this machine wait; work here goes on',
  );
  expect(row(link({ problem: 'the disk is full' }))).toEqual({
    kind: 'stopped',
    text: 'Other machines do not get this session: the disk is full',
  });
});

test('of a session that is over nothing is said', () => {
  expect(view([...started(1), { t: 'end' }], link({ connected: false })).session.link).toBeUndefined();
});

test('on a copy: nothing while its seat is heard, else since when it is not, and what counts meanwhile', () => {
  expect(row(copy())).toBeUndefined();
  expect(row(copy({ machines: [], seatHeardTs: SINCE }))).toEqual({
    kind: 'seatSilent',
    text: `laptop not heard since ${at}: nothing is decided until it is back; what you release here counts here`,
  });
  expect(row(copy({ machines: [] }))?.text).toMatch(/^laptop not heard yet: /);
  expect(row(copy({ connected: false, lines: 2 }))?.text).toBe(
    `Disconnected from the server since ${at}: 2 lines of this machine wait; nothing is decided until laptop is heard again, and what you release here counts here`,
  );
});

test('a copy has the name that the session has at its seat, and the machine; the seat has no machine to name', () => {
  expect(view(started(1), copy({ name: 'Fix the rounding' })).session).toMatchObject({
    name: 'Fix the rounding',
    machine: 'laptop',
  });
  expect(view(started(1), link()).session.machine).toBeUndefined();
});

const shared = [
  ...started(1),
  from('gpu1', { t: 'spawn', worker: 'train', pid: 4711, task: 'Train' }),
  from('gpu1', { t: 'progress', worker: 'train', pct: 40 }),
  from('gpu1', { t: 'acquire', worker: 'train', resource: 'db' }),
  { t: 'acquire', worker: 'W1', resource: 'db', wait: true },
  { t: 'ballot', worker: 'W1', ballot: 'ship', voters: ['W1', 'train'] },
  from('gpu1', { t: 'vote', worker: 'train', ballot: 'ship', decision: 'proceed' }),
  { t: 'vote', worker: 'W1', ballot: 'ship', decision: 'abort' },
];

/** The machines that a view names: of workers, holders, waiters and voters. */
const named = ({ workers, locks, ballots }: ViewModel): Record<string, string[]> => {
  const pairs = workers.map(({ id, machine }) => `${id} ${machine ?? 'here'}`);
  const of = ({ worker, machine }: { worker: string; machine?: string }): string => `${worker} ${machine ?? 'here'}`;
  return {
    workers: pairs,
    holders: locks.flatMap(({ holders }) => holders.map(of)),
    waiters: locks.flatMap(({ waiters }) => waiters.map(of)),
    votes: ballots.flatMap(({ votes }) => votes.map(of)),
  };
};

test('whose machine is not this one has its name: workers, holders, waiters and votes', () => {
  expect(named(view(shared, link()))).toEqual({
    workers: ['W1 here', 'train gpu1'],
    holders: ['train gpu1'],
    waiters: ['W1 here'],
    votes: ['train gpu1', 'W1 here'],
  });
  expect(named(view(shared, copy()))).toEqual({
    workers: ['W1 laptop', 'train here'],
    holders: ['train here'],
    waiters: ['W1 laptop'],
    votes: ['train here', 'W1 laptop'],
  });
});

test('a worker whose machine is not heard is neither silent nor lost; after the wish to end it, it may be given up', () => {
  const unheard = link({ machines: [], heard: { gpu1: SINCE } });
  const train = (known: SessionLink, ...more: object[]) =>
    view([...shared, ...more], known).workers.find(({ id }) => id === 'train');
  expect(train(link())).toMatchObject({ state: 'running', silent: true, lastHeardTs: undefined });
  expect(train(link())?.can.giveUp).toBeUndefined();
  expect(train(unheard)).toMatchObject({ state: 'running', silent: false, lastHeardTs: SINCE, can: { giveUp: true } });
  const abort = { t: 'abort', worker: 'train', by: 'user' };
  expect(train(unheard, abort)).toMatchObject({ aborting: true, can: { abort: false, giveUp: true } });
  expect(train(unheard, { t: 'exit', worker: 'train', lost: true })).toMatchObject({ state: 'lost' });
  expect(train(unheard, { t: 'exit', worker: 'train', lost: true })?.can.giveUp).toBeUndefined();
  // that of the seat ends with it
  const silent = copy({ machines: [], heard: {} });
  expect(view(shared, silent).workers[0]).toMatchObject({ id: 'W1', lastHeardTs: 0, can: { giveUp: undefined } });
});

test('what a worker leaves is opened at the seat, and where it runs', () => {
  const planned = (worker: string, machine?: string): object => ({ worker, machine, run: ['x'] });
  const workers = [planned('W1'), planned('train', 'gpu1')];
  const plan = { t: 'plan', run: 'R1', sha256: '0'.repeat(64), workers };
  const events = [plan, { t: 'spawn', worker: 'W1', pid: 1 }, from('gpu1', { t: 'spawn', worker: 'train', pid: 1 })];
  const opens = (known: SessionLink): boolean[] => view(events, known).workers.map(({ can }) => can.log && can.output);
  expect(opens(link())).toEqual([true, true]);
  expect(opens(copy())).toEqual([false, true]);
});

test('a permission request can be answered on each machine: the answer is carried to the hook that waits', () => {
  const asked = [...started(1), { t: 'ask', ask: 'p1', tool: 'Bash', summary: 'ls', answerable: true }];
  expect(view(asked, link()).asks).toMatchObject([{ id: 'p1', answerable: true }]);
  expect(view(asked, copy()).asks).toMatchObject([{ id: 'p1', answerable: true }]);
});

test('the Board has a followed session under the name of its machine, with the same row about the connection', () => {
  const asked = [...shared, { t: 'escalate', worker: 'W1', message: 'The quota is used up' }];
  const silent = view(asked, copy({ machines: [], seatHeardTs: SINCE }));
  const { groups } = boardOf([silent], { now: NOW, dayStartTs: T0, seenTs: () => undefined });
  const rows = Object.values(groups).flat();
  expect(rows.length).toBeGreaterThan(0);
  for (const each of rows) expect(each).toMatchObject({ machine: 'laptop', canAct: true, link: silent.session.link });
});
