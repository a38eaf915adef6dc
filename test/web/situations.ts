import { boardOf } from '#core/projection/board.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { SessionView, ViewModel, WorkerView } from '#protocol/viewModel.ts';
import { CANNOT, heldCall, NOW, panelState, reason, session, SUBAGENT, view, worker } from './fixtures.ts';

// Three situations of people with many agents, as they were met.

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** The view of one of several sessions; its id is as long as Claude Code's. */
function terminal(
  number: number,
  name: string,
  changes: Partial<ViewModel> & { of?: Partial<SessionView> },
): ViewModel {
  const { of, ...rest } = changes;
  const own = session({
    id: `3f0c21de-7c1e-4a4d-9c90-aa00bb11cc${10 + number}`,
    name,
    projectName: 'shop-api',
    startedTs: NOW - (40 - number) * MINUTE,
    conductor: { state: 'working', sinceTs: NOW - number * MINUTE },
    lastSignTs: NOW - 2 * SECOND,
    ...of,
  });
  return view({ ...rest, session: own });
}

const waits = (projectName: string): Partial<SessionView> => ({
  projectName,
  conductor: { state: 'waiting', sinceTs: NOW - 2 * MINUTE },
});

const tokens = { input: 10, output: 5 };

const terminals: ViewModel[] = [
  terminal(1, 'Migrate the orders table', {
    of: waits('shop-api'),
    asks: [
      {
        id: 'p1',
        tool: 'Bash',
        summary: 'psql -f migrations/0042_split_orders.sql --dbname shop_staging',
        sinceTs: NOW - 2 * MINUTE,
        answerable: true,
      },
    ],
  }),
  terminal(2, 'Choose a cache', {
    of: waits('shop-web'),
    asks: [{ id: 'p2', tool: 'AskUserQuestion', summary: 'Redis, or in memory?', sinceTs: NOW - 3 * MINUTE }],
  }),
  terminal(3, 'Plan the refactoring of the checkout into services', {
    of: waits('shop-web'),
    asks: [
      {
        id: 'p3',
        tool: 'ExitPlanMode',
        summary: '1. Split the cart 2. Move the prices 3. Delete the old endpoints',
        sinceTs: NOW - 3.5 * MINUTE,
      },
    ],
  }),
  terminal(4, 'Port infra to ESM', {
    of: waits('infra'),
    workers: [
      worker('ae5a74446cbfe34d0', { task: 'Test package 9', kind: 'subagent', can: SUBAGENT }),
      worker('a1a920977cbbaf0e4', { task: 'Test package 1', kind: 'subagent', can: SUBAGENT }),
    ],
    asks: [
      {
        id: 'p4',
        tool: 'Bash',
        summary: 'sh scripts/test.sh pkg9',
        sinceTs: NOW - MINUTE,
        worker: 'ae5a74446cbfe34d0',
      },
    ],
  }),
  ...['Fix the rounding', 'Rename discount'].map((name, i) =>
    terminal(5 + i, name, {
      of: {
        transcript: { tokens, activity: { text: 'Bash: sh scripts/test.sh cart', sinceTs: NOW - MINUTE } },
      },
      notices: [
        {
          id: `n${i}`,
          kind: 'collision',
          text: 'Fix the rounding and Rename discount edited src/cart.ts within ten minutes. See that neither undoes what the other did.',
          cause: 'collision src/cart.ts',
          collision: { file: 'src/cart.ts', path: '/home/ada/shop-api/src/cart.ts', agents: [] },
          action: 'compareEdits' as const,
          ts: NOW - MINUTE,
          dismiss: 100 + i,
        },
      ],
    }),
  ),
  terminal(7, 'Explain how pricing works', {
    of: {
      conductor: { state: 'idle', sinceTs: NOW - 4 * MINUTE },
      turnEndedTs: NOW - 4 * MINUTE,
      lastSaid: {
        text: 'Two of the discounts can stack, which makes a total below zero possible. Shall I fix that?',
        ts: NOW - 4 * MINUTE,
        asks: true,
      },
    },
  }),
  terminal(8, 'Load the warehouse', {
    of: { projectName: 'etl' },
    calls: [
      heldCall({
        summary: 'sh merge.sh --all --into warehouse',
        needsYou: false,
        etaTs: NOW + 10 * MINUTE,
        reasons: ['W2', 'W3', 'W4'].map((from, i) =>
          reason(`B${i}`, { from, text: `${from} is still loading`, needsYou: false, etaTs: NOW + 10 * MINUTE }),
        ),
      }),
    ],
  }),
  terminal(9, 'Upgrade the payment SDK', {
    of: { lastSignTs: NOW - 8 * MINUTE, transcript: { tokens, activity: { text: 'thinking', sinceTs: NOW } } },
  }),
  terminal(10, 'Add rate limiting', {
    of: { transcript: { tokens, tasks: { done: 3, total: 7, current: 'writing tests' } } },
  }),
  terminal(11, 'Review the API', {
    workers: ['Review payments', 'Review the cart', 'Review the users'].map((task, i) =>
      worker(`a6d156a0231cf2f7${i}`, { task, kind: 'subagent', can: SUBAGENT }),
    ),
  }),
  terminal(12, 'Hunt the flaky test', {
    of: { transcript: { tokens, activity: { text: 'Bash: sh scripts/test.sh checkout --repeat 50', sinceTs: NOW } } },
  }),
  ...['Write the release notes', 'Update the dependencies'].map((name, i) =>
    terminal(13 + i, name, {
      of: { live: false, conductor: { state: 'ended', sinceTs: NOW - (i + 1) * 50 * MINUTE } },
    }),
  ),
];

const tenTerminals: PanelState = panelState({
  sessions: terminals.map((each) => each.session),
  selected: undefined,
  view: undefined,
  outside: 3,
  board: boardOf(terminals, { now: NOW, dayStartTs: NOW - 12 * 60 * MINUTE, seenTs: () => undefined }),
});

const subagents: WorkerView[] = [
  ...[
    'Look for callers of parse()',
    'Port infra to ESM',
    'Review payments',
    'Review the cart',
    'Find dead code',
    'Write the migration',
    'Check the licences',
    'Translate the messages',
  ].map((task, i) =>
    worker(`a6d156a0231cf2f${i}a`, {
      task,
      kind: 'subagent',
      can: SUBAGENT,
      startedTs: NOW - (30 + 9 * i) * SECOND,
      activity: { text: i % 2 === 0 ? 'Grep: parse\\(' : 'Edit db/schema.sql', sinceTs: NOW - 3 * SECOND },
      tokens: { input: 5200, output: 310, cacheRead: 88_000 },
      ...(i === 5 ? { progress: { pct: 50, at: NOW, message: '1 of 2: writing the schema' } } : {}),
    }),
  ),
  ...['Test package 1', 'Test package 5', 'Test package 9', 'Test package 12'].map((task, i) =>
    worker(`ae5a74446cbfe34${i}`, {
      task,
      parent: 'a6d156a0231cf2f1a',
      kind: 'subagent',
      can: i === 3 ? CANNOT : SUBAGENT,
      startedTs: NOW - 19 * SECOND,
      ...(i === 3 ? { state: 'done' as const, endedTs: NOW - 2 * SECOND } : {}),
    }),
  ),
];

const twelveAgents: PanelState = panelState({
  view: view({
    session: session({
      id: '439e2a18-7c1e-4a4d-9c90-aa00bb11cc99',
      name: 'Port everything to ESM',
      projectName: 'infra',
      conductor: { state: 'waiting', sinceTs: NOW - 19 * SECOND },
      transcript: { tokens, activity: { text: 'Agent: Port infra to ESM', sinceTs: NOW - 23 * SECOND } },
    }),
    workers: subagents,
    asks: ['ae5a74446cbfe342', 'ae5a74446cbfe340', 'ae5a74446cbfe341'].map((id, i) => ({
      id: `p${i}`,
      tool: 'Bash',
      summary: `sh scripts/test.sh pkg${[9, 1, 5][i]}`,
      sinceTs: NOW - 19 * SECOND,
      worker: id,
      answerable: true,
    })),
    counts: { running: 11, ended: 1, needsYou: 3 },
  }),
});

const TABLES = ['customers', 'orders', 'order_lines', 'invoices', 'payments', 'refunds', 'shipments', 'carriers'];

/** Forty workers of one run: 24 at work, 7 wait, 3 have failed, 6 are done; and a voice. */
const loaders: WorkerView[] = Array.from({ length: 41 }, (_, i): WorkerView => {
  const id = i === 40 ? 'review' : `W${i + 1}`;
  const task = i === 40 ? undefined : `Load ${TABLES[i % TABLES.length]} ${2019 + Math.floor(i / TABLES.length)}`;
  const of = { task, ...(i === 40 ? {} : { run: 'R1', pid: 4000 + i }) };
  if (i % 13 === 12)
    return worker(id, {
      ...of,
      state: 'failed',
      endedTs: NOW - MINUTE,
      problem: 'Exit code 1: row 812,004: value too long for column name',
      can: { ...CANNOT, log: true, output: true },
    });
  if (i % 7 === 6) return worker(id, { ...of, state: 'done', endedTs: NOW - MINUTE, can: { ...CANNOT, log: true } });
  if (i % 6 === 5) return worker(id, { ...of, state: 'waiting', waitingFor: 'db (held by W3)' });
  return worker(id, {
    ...of,
    progress: { pct: (i * 37) % 100, etaMs: ((i % 9) + 1) * 50 * SECOND, at: NOW, message: `${i}00,000 rows` },
  });
});

const fortyWorkers: PanelState = panelState({
  view: view({
    session: session({
      name: 'Load the warehouse',
      projectName: 'etl',
      transcript: { tokens: { input: 18_400, output: 2150 }, activity: { text: 'Bash: sh merge.sh', sinceTs: NOW } },
    }),
    calls: [
      heldCall({
        summary: 'sh merge.sh --all --into warehouse',
        givesUpTs: NOW + 14 * MINUTE,
        reasons: [
          reason('B13', { from: 'review', text: 'Look at the row counts' }),
          ...['W1', 'W2', 'W3', 'W4', 'W5', 'W8', 'W9', 'W10'].map((from, i) =>
            reason(`B${i + 3}`, {
              from,
              text: `${from} is still loading`,
              needsYou: false,
              endsWhen: `${from} has ended`,
              etaTs: NOW + 10 * MINUTE,
            }),
          ),
        ],
      }),
    ],
    notices: [
      {
        id: 'cycle-W6-W5',
        kind: 'cycle',
        text: 'W6 waits for cache, W12 waits for index: none of them can go on. Break one of the locks.',
        ts: NOW - 40 * SECOND,
        cycle: [
          { worker: 'W6', resource: 'cache' },
          { worker: 'W12', resource: 'index' },
        ],
      },
      { id: 'w1', kind: 'warning', text: '3 rows were skipped: bad encoding', worker: 'W21', ts: NOW, dismiss: 4 },
    ],
    workers: loaders,
    checkpoints: [
      {
        name: 'loaded',
        arrived: loaders.slice(0, 12).map(({ id }) => id),
        missing: loaders.slice(12, 36).map(({ id }) => id),
      },
    ],
    counts: { running: 31, ended: 9, needsYou: 2 },
  }),
});

/** The situations by their names. */
export const situations = { tenTerminals, twelveAgents, fortyWorkers } satisfies Record<string, PanelState>;
