import type { PanelState } from '#protocol/messages.ts';
import type { BlockView, SessionView, ViewModel, WorkerView } from '#protocol/viewModel.ts';

/** The time of all fixtures; the panel's clock counts on from it. */
export const NOW = Date.UTC(2026, 10, 22, 14, 30, 0);

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export function session(changes: Partial<SessionView> = {}): SessionView {
  return {
    id: 'S-alpha',
    title: 'data-pipeline',
    cwd: '/home/ada/data-pipeline',
    conductor: { state: 'working', sinceTs: NOW - 42 * SECOND },
    live: true,
    startedTs: NOW - 11 * MINUTE,
    ...changes,
  };
}

export function worker(id: string, changes: Partial<WorkerView> = {}): WorkerView {
  return {
    id,
    state: 'running',
    after: [],
    silent: false,
    canAbort: true,
    startedTs: NOW - 3 * MINUTE,
    lastTs: NOW - SECOND,
    ...changes,
  };
}

export function block(id: string, changes: Partial<BlockView> = {}): BlockView {
  return {
    id,
    worker: 'W1',
    event: 'PreToolUse',
    reason: 'Still loading data1.csv.',
    concerns: 'Read of data1.csv',
    endsWhen: 'W1 has ended',
    sinceTs: NOW - 80 * SECOND,
    standing: true,
    needsYou: true,
    deniedCount: 0,
    ...changes,
  };
}

export function view(changes: Partial<ViewModel> = {}): ViewModel {
  return {
    generatedTs: NOW,
    session: session(),
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
    ...changes,
  };
}

export function panelState(changes: Partial<PanelState> = {}): PanelState {
  return {
    sessions: [session()],
    selected: 'S-alpha',
    view: view(),
    hooks: { state: 'installed' },
    trusted: true,
    ...changes,
  };
}

/** No session to show, for each of the reasons. */
export const empty = panelState({ sessions: [], selected: undefined, view: undefined });
export const noHooks: PanelState = { ...empty, hooks: { state: 'missing' } };
export const untrusted: PanelState = { ...empty, hooks: { state: 'missing' }, trusted: false };
export const failed: PanelState = {
  ...empty,
  error: 'The session folder cannot be read: permission denied. Check its owner, then reload the window.',
};

const workers: WorkerView[] = [
  worker('W1', {
    task: 'Load data1.csv into the staging table',
    kind: 'loader',
    run: 'R1',
    pid: 48213,
    progress: {
      pct: 80,
      etaMs: 30 * SECOND,
      at: NOW - 2 * SECOND,
      message: '800,000 of 1,000,000 rows',
      phase: 'loading',
    },
    lastMessage: '800,000 of 1,000,000 rows',
    tokens: { input: 18_400, output: 2_150 },
  }),
  worker('W4', {
    task: 'Check foreign keys while loading',
    parent: 'W1',
    run: 'R1',
    pid: 48230,
    startedTs: NOW - 70 * SECOND,
    progress: { pct: 35, at: NOW - 4 * SECOND, phase: 'verify' },
    lastMessage: 'orders.customer_id: 2 orphans so far',
  }),
  worker('W3', {
    task: 'Rebuild the search index',
    run: 'R1',
    pid: 48215,
    state: 'waiting',
    waitingFor: 'db (held by W1)',
    progress: { pct: 45, etaMs: 4 * MINUTE, at: NOW - 20 * SECOND },
  }),
  worker('W5', {
    task: 'Lint the migration scripts',
    silent: true,
    lastTs: NOW - 150 * SECOND,
    startedTs: NOW - 6 * MINUTE,
    pid: 48300,
  }),
  worker('W6', {
    task: 'Publish the report',
    state: 'planned',
    after: ['done:W1', 'done:W2', 'done:W3', 'decided:ship'],
    waitingFor: 'W1 and W3 and ship',
    startedTs: undefined,
    canAbort: true,
  }),
  worker('W2', {
    task: 'Load data2.csv',
    state: 'done',
    endedTs: NOW - 40 * SECOND,
    lastMessage: '250,000 rows in 2 min 20 s',
    canAbort: false,
  }),
  worker('W7', {
    task: 'Type-check the dashboard',
    state: 'failed',
    endedTs: NOW - MINUTE,
    problem: 'Exit code 2: src/chart.ts(41,7): Type "string" is not assignable to type "number".',
    canAbort: false,
  }),
];

/** A morning with everything at once. */
export const busyView: ViewModel = view({
  notices: [
    {
      id: 'N1',
      kind: 'rules',
      text: 'fermata.rules.json has changed: 2 commands are new. They stay inert until you approve them.',
      ts: NOW - 5 * MINUTE,
      action: 'approveRules',
    },
  ],
  blocks: [
    block('B1', {
      reason:
        'W1 is still loading data1.csv (80%, ETA 30 s); reading it now would give an incomplete table. W2 done, W3 (45%).',
      deniedCount: 2,
      firstStruckTs: NOW - 60 * SECOND,
      holding: { tool: 'Read', summary: 'data/data1.csv', sinceTs: NOW - 12 * SECOND },
    }),
    block('B2', {
      worker: 'W7',
      event: 'Stop',
      concerns: 'the end of the turn',
      reason:
        'The dashboard does not type-check, so the task is not finished.\n\nsrc/chart.ts(41,7): error TS2322\nsrc/chart.ts(58,3): error TS2322\nsrc/legend.ts(12,9): error TS2345\nsrc/legend.ts(14,9): error TS2345\nsrc/axis.ts(7,1): error TS2304\nsrc/axis.ts(9,1): error TS2304\n\nFix these, then run the check again.',
      endsWhen: undefined,
      sinceTs: NOW - 55 * SECOND,
    }),
    block('B3', {
      worker: 'W3',
      concerns: 'Edit of db/**',
      reason: 'The index is being rebuilt.',
      endsWhen: 'db is free',
      needsYou: false,
    }),
    block('B4', {
      worker: 'user',
      concerns: 'Bash git push *',
      reason: 'No pushes before the review.',
      endsWhen: undefined,
      dueTs: NOW + 9 * MINUTE,
      needsYou: false,
    }),
  ],
  workers,
  ballots: [
    {
      name: 'ship',
      question: 'Ship the migration tonight?',
      options: [
        { option: 'proceed', voters: ['W1', 'W2'] },
        { option: 'abort', voters: ['W7'] },
      ],
      votes: [
        { worker: 'W1', decision: 'proceed', reason: 'all rows load without a warning' },
        { worker: 'W2', decision: 'proceed' },
        { worker: 'W7', decision: 'abort', reason: 'the dashboard does not compile' },
      ],
      quorum: 3,
      cast: 3,
      expected: 4,
      deadlineTs: NOW + 2 * MINUTE,
    },
    {
      name: 'format',
      options: [
        { option: 'parquet', voters: ['W1', 'W3'] },
        { option: 'csv', voters: [] },
      ],
      votes: [
        { worker: 'W1', decision: 'parquet' },
        { worker: 'W3', decision: 'parquet', reason: 'half the size' },
      ],
      quorum: 2,
      cast: 2,
      decided: { decision: 'parquet', why: 'the quorum of 2 is reached', ts: NOW - 3 * MINUTE },
    },
  ],
  locks: [
    {
      resource: 'db',
      mode: 'exclusive',
      holders: [{ worker: 'W1', token: 41, dueTs: NOW + 48 * SECOND, sinceTs: NOW - 95 * SECOND }],
      waiters: [
        { worker: 'W3', sinceTs: NOW - 20 * SECOND, mode: 'exclusive' },
        { worker: 'W4', sinceTs: NOW - 5 * SECOND, mode: 'shared' },
      ],
      former: [
        { worker: 'W5', token: 12, why: 'lease expired', ts: NOW - 95 * SECOND, told: false },
        { worker: 'W2', token: 7, why: 'broken by user', ts: NOW - 4 * MINUTE, told: true },
      ],
    },
    {
      resource: 'file:src/schema.sql',
      mode: 'shared',
      holders: [{ worker: 'W4', token: 57, sinceTs: NOW - 30 * SECOND }],
      waiters: [],
      former: [],
    },
  ],
  checkpoints: [{ name: 'merge-ready', arrived: ['W2'], missing: ['W1', 'W3'] }],
  pipeline: [
    [
      {
        worker: 'W1',
        state: 'running',
        task: 'Load data1.csv into the staging table',
        after: [],
        until: [],
        handsTo: [],
      },
      {
        worker: 'W2',
        state: 'done',
        task: 'Load data2.csv',
        after: [],
        until: [],
        handsTo: [{ worker: 'W3', task: 'rows of data2.csv' }],
      },
    ],
    [
      {
        worker: 'W3',
        state: 'waiting',
        task: 'Rebuild the search index',
        after: [],
        until: [],
        handsTo: [],
      },
    ],
    [
      {
        worker: 'W6',
        state: 'planned',
        task: 'Publish the report',
        after: [
          { worker: 'W1', ended: false },
          { worker: 'W2', ended: true },
          { worker: 'W3', ended: false },
        ],
        until: ['ship is decided'],
        handsTo: [],
      },
    ],
  ],
  activity: [
    { pos: 60, ts: NOW - 2 * SECOND, worker: 'W1', t: 'progress', text: '80% · 800,000 of 1,000,000 rows' },
    { pos: 59, ts: NOW - 5 * SECOND, worker: 'W4', t: 'acquire', text: 'waits for db (shared)' },
    { pos: 58, ts: NOW - 12 * SECOND, worker: 'W1', t: 'held', text: 'B1 holds Read of data/data1.csv' },
    { pos: 57, ts: NOW - 40 * SECOND, worker: 'W2', t: 'done', text: 'done: 250,000 rows in 2 min 20 s' },
    { pos: 56, ts: NOW - 60 * SECOND, worker: 'W7', t: 'exit', text: 'failed with exit code 2' },
  ],
  damaged: {
    total: 3,
    reasons: [
      { reason: 'not JSON', count: 2 },
      { reason: 'unknown worker id', count: 1 },
    ],
  },
  counts: { running: 4, ended: 2, needsYou: 3 },
});

export const busy: PanelState = panelState({
  sessions: [
    session({ short: 'S-alpha' }),
    session({ id: 'S-beta', title: 'website', conductor: { state: 'waiting' } }),
    session({ id: 'S-old', short: 'S-old', title: 'data-pipeline', live: false }),
  ],
  view: busyView,
});

const UNHOOKED = 'Seen from its transcript; hooks are not active.';

/** One of ten terminals, without any rule: the facts of its transcript, and two subagents. */
export const watched: PanelState = panelState({
  view: view({
    session: session({
      transcript: {
        tasks: { done: 3, total: 7, current: 'writing tests' },
        activity: { text: 'Bash: npm test -- --run src/parser', sinceTs: NOW - 12 * SECOND },
        tokens: { input: 18_400, output: 2_150, cacheRead: 1_240_000 },
        model: 'claude-opus-4-8',
      },
    }),
    workers: [
      worker('a6d156a0231cf2f7a', {
        task: 'Look for callers of parse()',
        kind: 'subagent',
        activity: { text: 'Grep: parse\\(', sinceTs: NOW - 3 * SECOND },
        tokens: { input: 5_200, output: 310, cacheRead: 88_000 },
      }),
      worker('ad8b7e5f27dfcbdf2', {
        task: 'Write the migration',
        kind: 'subagent',
        progress: { pct: 50, at: NOW - 9 * SECOND, message: '1 of 2: writing the schema' },
        activity: { text: 'Edit db/schema.sql', sinceTs: NOW - 9 * SECOND },
        tokens: { input: 9_900, output: 1_200 },
      }),
    ],
    counts: { running: 2, ended: 0, needsYou: 0 },
  }),
});

/** Two terminals in one project without hooks: both have edited the same file. */
export const collided: PanelState = panelState({
  sessions: [session({ unhooked: UNHOOKED }), session({ id: 'S-beta' })],
  view: view({
    session: session({
      unhooked: UNHOOKED,
      transcript: {
        tokens: { input: 950, output: 120 },
        activity: { text: 'Edit src/parser.ts', sinceTs: NOW - SECOND },
      },
    }),
    notices: [
      {
        id: 'n100',
        kind: 'collision',
        text: 'src/parser.ts was edited by session 3f0c21de and by session 7c1e90ab within ten minutes. See that neither undoes what the other did.',
        ts: NOW - 70 * SECOND,
        dueTs: NOW + 9 * MINUTE,
        dismiss: 100,
      },
    ],
    counts: { running: 0, ended: 0, needsYou: 1 },
  }),
});

/** Texts that would do harm, or hide something, if the panel treated them as anything but text. */
export const HOSTILE = {
  html: '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script><b>bold</b>',
  markdown: '[click](command:workbench.action.quit) **not bold** ![x](http://example.invalid/x.png)',
  ansi: '\u001b[31mred\u001b[0m \u001b]0;title\u0007plain',
  bidi: 'safe\u202Egnp.exe\u2066 \u200bend',
  long: 'lorem_ipsum_without_any_break_'.repeat(3500),
};

const everything = Object.values(HOSTILE).join(' ');

const hostileView: ViewModel = view({
  session: session({
    title: HOSTILE.html,
    conductor: { state: 'waiting', reason: HOSTILE.long },
    transcript: {
      tasks: { done: 9, total: 0, current: HOSTILE.html },
      activity: { text: everything, sinceTs: NOW },
      tokens: { input: 1e15, output: -1, cacheRead: Number.NaN },
      model: HOSTILE.html,
    },
  }),
  notices: [{ id: 'N-<b>', kind: 'escalation', text: everything, worker: HOSTILE.html }],
  blocks: [
    block('B1', {
      worker: HOSTILE.html,
      reason: HOSTILE.html,
      concerns: HOSTILE.markdown,
      endsWhen: HOSTILE.ansi,
      holding: { tool: HOSTILE.html, summary: HOSTILE.long, sinceTs: NOW },
    }),
    block('B2', { reason: HOSTILE.long, concerns: HOSTILE.long }),
    block('B3', { reason: `${HOSTILE.ansi} ${HOSTILE.bidi}`, worker: HOSTILE.long }),
    block('B4', { needsYou: false, worker: HOSTILE.long, concerns: HOSTILE.long, endsWhen: HOSTILE.long }),
  ],
  workers: [
    worker('W1', {
      task: HOSTILE.html,
      lastMessage: HOSTILE.long,
      problem: HOSTILE.html,
      waitingFor: HOSTILE.long,
      progress: { pct: 1e9, etaMs: -5, at: NOW, phase: HOSTILE.long },
    }),
    worker(HOSTILE.long, { task: HOSTILE.long, parent: 'W1', progress: { pct: Number.NaN, at: NOW } }),
    worker('WA', { parent: 'WB' }),
    worker('WB', { parent: 'WA' }),
  ],
  ballots: [
    {
      name: HOSTILE.long,
      question: HOSTILE.html,
      options: [{ option: HOSTILE.long, voters: ['W1'] }],
      votes: [{ worker: HOSTILE.html, decision: HOSTILE.long, reason: HOSTILE.html }],
      quorum: 1,
      cast: 1,
    },
  ],
  locks: [
    {
      resource: HOSTILE.long,
      mode: 'exclusive',
      holders: [{ worker: HOSTILE.long, token: 1, sinceTs: NOW }],
      waiters: [{ worker: HOSTILE.html, sinceTs: NOW, mode: 'shared' }],
      former: [{ worker: HOSTILE.html, token: 3, why: HOSTILE.long, ts: NOW, told: false }],
    },
  ],
  checkpoints: [{ name: HOSTILE.html, arrived: [HOSTILE.long], missing: [HOSTILE.html] }],
  pipeline: [
    [
      {
        worker: HOSTILE.html,
        state: 'planned',
        task: everything,
        after: [{ worker: HOSTILE.long, ended: false }],
        until: [HOSTILE.long, HOSTILE.bidi],
        handsTo: [{ worker: HOSTILE.html, task: HOSTILE.long }],
      },
    ],
  ],
  activity: [{ pos: 1, ts: NOW, worker: HOSTILE.long, t: 'warn', text: everything }],
  damaged: { total: 1, reasons: [{ reason: HOSTILE.html, count: 1 }] },
  counts: { running: 4, ended: 0, needsYou: 4 },
});

export const hostile: PanelState = panelState({
  sessions: [session({ title: HOSTILE.html }), session({ id: 'S-2', title: HOSTILE.long })],
  view: hostileView,
});

/** A position of the past in a long log. */
export const past: PanelState = {
  ...busy,
  replay: {
    read: 1,
    position: { event: 1240, pos: 148_200, ts: NOW },
    text: 'W1: blocks at PreToolUse: data1.csv is in memory',
    events: 3204,
    startTs: NOW - 40 * MINUTE,
    endTs: NOW + 70 * MINUTE,
    playing: false,
    speed: '10',
    highlights: [
      { event: 60, kind: 'block' },
      { event: 900, kind: 'release' },
      { event: 1240, kind: 'block' },
      { event: 1800, kind: 'decision' },
      { event: 2950, kind: 'failure' },
    ],
  },
};

/** The log is still being read for a replay; the panel shows the present until then. */
export const reading: PanelState = {
  ...busy,
  replay: {
    read: 0.43,
    position: { event: 0, pos: 0, ts: 0 },
    text: '',
    events: 0,
    startTs: 0,
    endTs: 0,
    playing: false,
    speed: '10',
    highlights: [],
  },
};
