import type { PanelState } from '#protocol/messages.ts';
import { decisionsOf } from '#core/projection/decisions.ts';
import type {
  BlockView,
  HeldCallView,
  HoldReasonView,
  SessionView,
  ViewModel,
  WorkerView,
} from '#protocol/viewModel.ts';

/** The time of all fixtures; the panel's clock counts on from it. */
export const NOW = Date.UTC(2026, 10, 22, 14, 30, 0);

const SECOND = 1000;
const MINUTE = 60 * SECOND;

export function session(changes: Partial<SessionView> = {}): SessionView {
  return {
    id: 'S-alpha',
    name: 'Load the nightly data',
    projectName: 'data-pipeline',
    cwd: '/home/ada/data-pipeline',
    conductor: { state: 'working', sinceTs: NOW - 42 * SECOND },
    live: true,
    startedTs: NOW - 11 * MINUTE,
    ...changes,
  };
}

/** What can be done with a worker at work that has a runner, and with one that has ended or is not known well. */
const CAN: WorkerView['can'] = { peek: false, log: true, output: true, message: true, abort: true, pause: false };
export const CANNOT: WorkerView['can'] = {
  peek: false,
  log: false,
  output: false,
  message: false,
  abort: false,
  pause: false,
};
/** The same of a worker of a run that has ended, and of a subagent whose transcript is followed. */
const ENDED: WorkerView['can'] = { ...CANNOT, log: true, output: true };
export const SUBAGENT: WorkerView['can'] = { ...CANNOT, peek: true, message: true, abort: true, pause: true };

export function worker(id: string, changes: Partial<WorkerView> = {}): WorkerView {
  return {
    id,
    // as long as the product lets names be
    name: changes.task === undefined || changes.task.length > 1000 ? id.slice(0, 60) : changes.task,
    state: 'running',
    after: [],
    silent: false,
    can: CAN,
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

/** A reason of a held call that only the person can end. */
export const reason = (id: string, changes: Partial<HoldReasonView> = {}): HoldReasonView => ({
  block: id,
  from: 'user',
  text: 'Wait for my review',
  needsYou: true,
  ...changes,
});

/** A call that is held until the person lets it run. */
export const heldCall = (changes: Partial<HeldCallView> = {}): HeldCallView => ({
  id: 'held toolu_1',
  state: 'held',
  call: 'toolu_1',
  tool: 'Bash',
  summary: 'sh merge.sh',
  sinceTs: NOW - 2 * MINUTE,
  canDeny: true,
  needsYou: true,
  reasons: [reason('B1')],
  ...changes,
});

/** A view; what needs the person in it is found as in the product. */
export function view(changes: Partial<ViewModel> = {}): ViewModel {
  const whole: ViewModel = {
    generatedTs: NOW,
    session: session(),
    notices: [],
    asks: [],
    blocks: [],
    calls: [],
    decisions: [],
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
  return { ...whole, decisions: changes.decisions ?? decisionsOf({ ...whole, conductor: whole.session.conductor }) };
}

export function panelState(changes: Partial<PanelState> = {}): PanelState {
  return {
    sessions: [session()],
    selected: 'S-alpha',
    scope: 'window',
    outside: 0,
    needsYou: changes.view?.decisions.length ?? 0,
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
    can: CAN,
  }),
  worker('W2', {
    task: 'Load data2.csv',
    state: 'done',
    endedTs: NOW - 40 * SECOND,
    lastMessage: '250,000 rows in 2 min 20 s',
    can: ENDED,
  }),
  worker('W7', {
    task: 'Type-check the dashboard',
    state: 'failed',
    endedTs: NOW - MINUTE,
    problem: 'Exit code 2: src/chart.ts(41,7): Type "string" is not assignable to type "number".',
    can: ENDED,
  }),
];

const TYPE_CHECK =
  'The dashboard does not type-check, so the task is not finished.\n\nsrc/chart.ts(41,7): error TS2322\nsrc/chart.ts(58,3): error TS2322\nsrc/legend.ts(12,9): error TS2345\nsrc/legend.ts(14,9): error TS2345\nsrc/axis.ts(7,1): error TS2304\nsrc/axis.ts(9,1): error TS2304\n\nFix these, then run the check again.';

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
      reason: TYPE_CHECK,
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
  calls: [
    heldCall({
      id: 'held toolu_7',
      tool: 'Read',
      summary: 'data/data1.csv',
      sinceTs: NOW - 12 * SECOND,
      givesUpTs: NOW + 8 * SECOND,
      reasons: [
        reason('B1', {
          from: 'W1',
          text: 'W1 is still loading data1.csv (80%, ETA 30 s); reading it now would give an incomplete table.',
          endsWhen: 'W1 has ended',
        }),
      ],
    }),
    heldCall({
      id: 'block B2',
      state: 'pending',
      tool: undefined,
      summary: undefined,
      call: undefined,
      canDeny: undefined,
      sinceTs: NOW - 55 * SECOND,
      reasons: [reason('B2', { from: 'W7', text: TYPE_CHECK })],
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
      missing: ['W3'],
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
    session(),
    session({ id: 'S-beta', name: 'Add a dark theme', projectName: 'website', conductor: { state: 'waiting' } }),
    session({ id: 'S-old', name: 'data-pipeline 09:12', live: false }),
  ],
  view: busyView,
});

/** Ids as Claude Code makes them: no surface shows one. */
const SESSION_ID = '3f0c21de-7c1e-40ab-9d3f-0123456789ab';
export const AGENT_ID = 'a6d156a0231cf2f7a';

const UNHOOKED = 'Seen from its transcript; hooks are not active.';

/** One of ten terminals, without any rule: the facts of its transcript, and two subagents. */
export const watched: PanelState = panelState({
  sessions: [session({ id: SESSION_ID })],
  selected: SESSION_ID,
  view: view({
    session: session({
      id: SESSION_ID,
      transcript: {
        tasks: { done: 3, total: 7, current: 'writing tests' },
        activity: { text: 'Bash: npm test -- --run src/parser', sinceTs: NOW - 12 * SECOND },
        tokens: { input: 18_400, output: 2_150, cacheRead: 1_240_000 },
        model: 'claude-opus-4-8',
      },
    }),
    workers: [
      worker(AGENT_ID, {
        task: 'Look for callers of parse()',
        kind: 'subagent',
        can: SUBAGENT,
        activity: { text: 'Grep: parse\\(', sinceTs: NOW - 3 * SECOND },
        tokens: { input: 5_200, output: 310, cacheRead: 88_000 },
      }),
      worker('ad8b7e5f27dfcbdf2', {
        task: 'Write the migration',
        kind: 'subagent',
        can: SUBAGENT,
        progress: { pct: 50, at: NOW - 9 * SECOND, message: '1 of 2: writing the schema' },
        activity: { text: 'Edit db/schema.sql', sinceTs: NOW - 9 * SECOND },
        tokens: { input: 9_900, output: 1_200 },
        message: { ts: NOW - 5 * SECOND, read: false },
      }),
    ],
    activity: [
      { pos: 3, ts: NOW - 3 * SECOND, worker: AGENT_ID, t: 'spawn', text: 'started: Look for callers of parse()' },
    ],
    counts: { running: 2, ended: 0, needsYou: 0 },
  }),
});

/** Two terminals in one project without hooks: both have edited the same file. */
export const collided: PanelState = panelState({
  sessions: [session({ unhooked: UNHOOKED }), session({ id: SESSION_ID, name: 'Rename discount' })],
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
        text: 'Load the nightly data and Rename discount edited src/parser.ts within ten minutes. See that neither undoes what the other did.',
        collision: {
          file: 'src/parser.ts',
          path: '/home/ada/data-pipeline/src/parser.ts',
          agents: [
            { session: 'S-alpha', worker: 'conductor' },
            { session: SESSION_ID, worker: AGENT_ID },
          ],
        },
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
    name: HOSTILE.html,
    projectName: HOSTILE.long,
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
  calls: [
    heldCall({
      id: 'held 1',
      tool: HOSTILE.html,
      summary: HOSTILE.long,
      reasons: [reason('B1', { from: HOSTILE.html, text: HOSTILE.html, endsWhen: HOSTILE.ansi })],
    }),
    heldCall({ id: 'held 2', summary: HOSTILE.markdown, reasons: [reason('B2', { text: HOSTILE.long })] }),
    heldCall({
      id: 'held 3',
      reasons: [reason('B3', { text: `${HOSTILE.ansi} ${HOSTILE.bidi}`, from: HOSTILE.long, stuck: HOSTILE.html })],
    }),
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
  sessions: [session({ name: HOSTILE.html }), session({ id: 'S-2', name: HOSTILE.long })],
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
