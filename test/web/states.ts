import type { PanelState } from '#protocol/messages.ts';
import {
  AGENT_ID,
  block,
  busy,
  CANNOT,
  collided,
  empty,
  failed,
  heldCall,
  hostile,
  noHooks,
  NOW,
  panelState,
  past,
  reading,
  reason,
  session,
  untrusted,
  view,
  watched,
  worker,
} from './fixtures.ts';
import { machineStates } from './machineStates.ts';
import { situations } from './situations.ts';

const SECOND = 1000;

/** A session at rest, without workers and questions. */
const calm: PanelState = panelState({
  view: view({ session: session({ conductor: { state: 'idle', sinceTs: NOW } }) }),
});

/** Two workers, each of which holds the lock that the other one waits for. */
const deadlocked: PanelState = panelState({
  view: view({
    notices: [
      {
        id: 'cycle-W1-W2',
        kind: 'cycle',
        text: 'W1 waits for cache, W2 waits for db: none of them can go on. Break one of the locks.',
        cycle: [
          { worker: 'W1', resource: 'cache' },
          { worker: 'W2', resource: 'db' },
        ],
      },
    ],
    workers: [
      worker('W1', { task: 'Migrate the accounts', state: 'waiting', waitingFor: 'cache (held by W2)' }),
      worker('W2', { task: 'Warm the cache', state: 'waiting', waitingFor: 'db (held by W1)' }),
    ],
    locks: [
      {
        resource: 'db',
        mode: 'exclusive',
        holders: [{ worker: 'W1', token: 310, sinceTs: NOW - 50 * SECOND }],
        waiters: [{ worker: 'W2', sinceTs: NOW - 40 * SECOND, mode: 'exclusive' }],
        former: [],
      },
      {
        resource: 'cache',
        mode: 'exclusive',
        holders: [{ worker: 'W2', token: 420, sinceTs: NOW - 45 * SECOND }],
        waiters: [{ worker: 'W1', sinceTs: NOW - 42 * SECOND, mode: 'exclusive' }],
        former: [],
      },
    ],
    counts: { running: 2, ended: 0, needsYou: 1 },
  }),
});

/** Claude asks: a permission that can be answered here, a question that cannot, a plan, workers that want to start. */
const asking: PanelState = panelState({
  view: view({
    session: session({ conductor: { state: 'waiting', sinceTs: NOW - 12 * SECOND, reason: 'permission: Bash' } }),
    asks: [
      { id: 'p1', tool: 'Bash', summary: 'npm publish --access public', sinceTs: NOW - 12 * SECOND, answerable: true },
      { id: 'p2', tool: 'AskUserQuestion', summary: 'Which database shall it be?', sinceTs: NOW - 5 * SECOND },
      {
        id: 'p3',
        tool: 'ExitPlanMode',
        summary: '1. Read the code 2. Write tests',
        sinceTs: NOW - 3 * SECOND,
        worker: AGENT_ID,
      },
    ],
    workers: [worker(AGENT_ID, { name: 'Plan the release', kind: 'subagent', can: CANNOT })],
    notices: [
      {
        id: 'plan-R2',
        kind: 'plan',
        text: 'release wants to start 2 workers (R2): W8: Build; W9: Publish',
        run: 'R2',
        action: 'startPlan',
        ts: NOW - 2 * SECOND,
      },
      {
        id: 'n7',
        kind: 'escalation',
        text: 'The quota of the staging account is used up.',
        worker: 'W1',
        ts: NOW,
        dismiss: 7,
      },
    ],
    counts: { running: 0, ended: 0, needsYou: 5 },
  }),
});

/** Blocks that can no longer end by themselves: a test run that was killed, a vote against the deployment. */
const stuck: PanelState = panelState({
  view: view({
    calls: [
      heldCall({
        id: 'refused toolu_3',
        state: 'refused',
        gaveUp: true,
        summary: 'git merge feature',
        reasons: [
          reason('B1', {
            from: 'W1',
            text: 'The tests have not passed yet',
            stuck: 'W1 (Run the tests) failed: killed by SIGKILL',
          }),
        ],
      }),
      heldCall({
        id: 'held toolu_4',
        summary: './deploy.sh',
        reasons: [
          reason('B2', {
            from: 'gate',
            text: 'The vote on the deployment is open',
            stuck: 'the vote on deploy decided abort (2 abort; quorum 2)',
          }),
          reason('B3', { text: 'Not before the review', ofPerson: true }),
        ],
      }),
    ],
    workers: [
      worker('W1', {
        state: 'failed',
        task: 'Run the tests',
        endedTs: NOW - 30 * SECOND,
        problem: 'killed by SIGKILL',
        can: CANNOT,
      }),
    ],
    counts: { running: 0, ended: 1, needsYou: 2 },
  }),
});

/** A session in which everything has ended. */
const ended: PanelState = panelState({
  sessions: [session({ live: false })],
  view: view({
    session: session({ live: false, conductor: { state: 'ended', sinceTs: NOW - 90 * SECOND } }),
    blocks: [block('B1', { standing: false, needsYou: false, cleared: { by: 'user', ts: NOW } })],
    workers: [
      worker('W1', { state: 'done', endedTs: NOW - 95 * SECOND, lastMessage: 'all rows loaded', can: CANNOT }),
      worker('W2', { state: 'aborted', endedTs: NOW - 92 * SECOND, problem: 'aborted by user', can: CANNOT }),
      worker('W3', { state: 'lost', endedTs: NOW - 91 * SECOND, problem: 'its process is gone', can: CANNOT }),
    ],
    counts: { running: 0, ended: 3, needsYou: 0 },
  }),
});

const guided = (guide: PanelState['guide'], state: PanelState = calm): PanelState => ({ ...state, guide });

const installQuestion: PanelState['guide'] = {
  install: { file: '/home/ada/.claude/settings.json', hooks: 17, rules: 2, notes: ['A session must be restarted.'] },
};

/** What the person wants to be held once: one that waits for its call. */
const willHold: PanelState = panelState({
  view: view({
    blocks: [
      block('B1', {
        worker: 'user',
        reason: 'The person looks at the next merge before it runs',
        concerns: 'Bash of `git merge*`',
        endsWhen: undefined,
        needsYou: false,
        next: 'merge',
        deniedCount: 0,
      }),
    ],
  }),
});

/** Of the commands that have to pass one was seen to, one was not since the last edit, and one runs. */
const proven: PanelState = panelState({
  view: view({
    workers: [
      worker('W1', {
        state: 'done',
        endedTs: NOW - 20 * SECOND,
        task: 'Fix the rounding',
        can: CANNOT,
        notShown: ['npm test'],
      }),
    ],
    proofs: [
      {
        of: 'proven(src/**):npm test',
        command: 'npm test',
        covers: 'src/**',
        state: 'notShown',
        text: 'src/cart.ts was edited since it passed',
        receipt: { pos: 4711, ts: NOW - 95 * SECOND, tree: 'b1946ac9' },
      },
      {
        of: 'proven:npm run lint',
        command: 'npm run lint',
        state: 'shown',
        text: 'passed, and nothing was edited since',
        receipt: { pos: 4099, ts: NOW - 40 * SECOND },
      },
      { of: 'proven:make e2e', command: 'make e2e', state: 'running', text: 'it runs in the background' },
    ],
  }),
});

/** Two branches would conflict while both are worked on, two would merge as a block waits for it, and git was not looked at for one. */
const foreseen: PanelState = panelState({
  view: view({
    workers: [
      worker('W1', {
        state: 'running',
        task: 'Fix the rounding',
        conflict: 'would conflict with feature-b in src/cart.ts and 6 more',
      }),
      worker('W2', {
        state: 'running',
        task: 'Add the tax',
        conflict: 'would conflict with feature-a in src/cart.ts and 6 more',
      }),
    ],
    merges: [
      {
        id: 'a b',
        name: 'feature-a and feature-b',
        state: 'conflict',
        text: 'feature-a and feature-b would conflict in src/cart.ts and 6 more',
        pos: 4711,
        ts: NOW - 95 * SECOND,
        files: [
          'src/cart.ts',
          'src/tax.ts',
          'docs/prices.md',
          'src/a/very/long/way/to/a/file/of/the/shop.ts',
          'logo.png',
        ],
        more: 2,
      },
      {
        id: 'a main',
        name: 'feature-a and main',
        state: 'clean',
        text: 'feature-a and main would merge without a conflict',
        pos: 4099,
        ts: NOW - 40 * SECOND,
        files: [],
      },
      {
        id: 'b c',
        name: 'feature-b and 8f3c1d0',
        state: 'unknown',
        text: 'not looked at: git 2.38 or newer is needed',
        files: [],
      },
    ],
  }),
});

/** Every state of the panel, except the one before the first message from the extension. */
export const states = {
  ...situations,
  ...machineStates,
  asking,
  busy,
  calm,
  collided,
  deadlocked,
  empty,
  ended,
  failed,
  foreseen,
  hostile,
  noHooks,
  past,
  proven,
  reading,
  stuck,
  untrusted,
  watched,
  busyFailed: { ...busy, error: 'The session’s log cannot be read: permission denied.' },
  busyRestricted: { ...busy, trusted: false },
  hooksBroken: { ...calm, hooks: { state: 'broken', detail: 'gate.sh is missing' } },
  hooksMissing: { ...calm, hooks: { state: 'missing' } },
  hooksStopped: { ...calm, hooks: { state: 'stopped', detail: 'disableAllHooks is set in settings.json' } },
  installing: guided(installQuestion, noHooks),
  watching: guided({ watching: true }, empty),
  watchingLive: guided({ watching: true }),
  demoStep: guided({ demo: { step: 1 } }),
  demoOver: guided({ demo: { over: true } }, { ...ended, hooks: { state: 'missing' } }),
  willHold,
  hooksUntrusted: { ...calm, hooks: { state: 'untrusted' } },
  rulesBeforeAnySession: {
    ...empty,
    notices: [{ id: 'r1', kind: 'rules', text: 'One rule waits for your approval: tests.', action: 'approveRules' }],
  },
} satisfies Record<string, PanelState>;

export type StateName = keyof typeof states;
