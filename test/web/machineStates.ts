import { boardOf } from '#core/projection/board.ts';
import { ENGLISH } from '#core/projection/wording.ts';
import type { PanelState } from '#protocol/messages.ts';
import type { LinkView, ViewModel, WorkerView } from '#protocol/viewModel.ts';
import { CANNOT, heldCall, NOW, panelState, reason, session, view, worker } from './fixtures.ts';

// A session that several machines share: at its seat, without the server, and on another machine.

const SECOND = 1000;
const MINUTE = 60 * SECOND;

// the same text wherever the test runs
const SINCE = '14:02';
const { link } = ENGLISH;
const sharedWith: LinkView = { kind: 'shared', text: link.shared('gpu1, build1') };
const silent: LinkView = { kind: 'seatSilent', text: link.seatSilent('laptop', SINCE) };

const train = (changes: Partial<WorkerView> = {}): WorkerView =>
  worker('train', {
    task: 'Train the ranking model',
    machine: 'gpu1',
    progress: { pct: 40, at: NOW - 8 * SECOND, message: 'epoch 4 of 10' },
    ...changes,
  });

const together: Partial<ViewModel> = {
  workers: [train(), worker('W1', { task: 'Prepare the data' }), worker('lint', { task: 'Lint', machine: 'build1' })],
  locks: [
    {
      resource: 'db',
      mode: 'exclusive',
      holders: [{ worker: 'train', token: 310, sinceTs: NOW - 50 * SECOND, machine: 'gpu1' }],
      waiters: [
        { worker: 'W1', sinceTs: NOW - 40 * SECOND, mode: 'exclusive' },
        { worker: 'lint', sinceTs: NOW - 20 * SECOND, mode: 'exclusive', machine: 'build1' },
      ],
      former: [],
    },
  ],
  ballots: [
    {
      name: 'ship',
      question: 'Ship the model tonight?',
      options: [
        { option: 'proceed', voters: ['train'] },
        { option: 'abort', voters: ['W1'] },
      ],
      votes: [
        { worker: 'train', decision: 'proceed', machine: 'gpu1' },
        { worker: 'W1', decision: 'abort', reason: 'the data is not checked' },
      ],
      cast: 2,
      expected: 3,
      missing: ['lint'],
    },
  ],
  counts: { running: 3, ended: 0, needsYou: 0 },
};

/** At the seat, with workers on two other machines. */
const shared = panelState({ view: view({ ...together, session: session({ link: sharedWith }) }) });

/** The server is gone: what others do is not seen, and one of their workers was to end. */
const disconnected = panelState({
  view: view({
    session: session({
      link: {
        kind: 'disconnected',
        text: link.disconnected(SINCE, 12),
        why: 'the server at nats://127.0.0.1:4222 does not answer',
      },
    }),
    workers: [
      train({ lastHeardTs: NOW - 3 * MINUTE, aborting: true, can: { ...CANNOT, giveUp: true } }),
      worker('lint', {
        task: 'Lint',
        machine: 'build1',
        lastHeardTs: NOW - 4 * MINUTE,
        can: { ...CANNOT, abort: true },
      }),
      worker('W1', { task: 'Prepare the data' }),
    ],
    counts: { running: 3, ended: 0, needsYou: 0 },
  }),
});

const copied = { machine: 'laptop', name: 'Retrain the ranking', link: silent };
const copiedView = view({
  session: session(copied),
  calls: [
    heldCall({
      id: 'held toolu_9',
      summary: './deploy.sh',
      reasons: [reason('B1', { from: 'W1', text: 'Not before the data is checked' })],
    }),
  ],
  workers: [worker('W1', { task: 'Prepare the data', machine: 'laptop', lastHeardTs: NOW - 28 * MINUTE }), train({})],
  counts: { running: 2, ended: 0, needsYou: 1 },
});

/** On another machine, while the seat sleeps. */
const seatSilent = panelState({ view: copiedView });

/** The Board of a window in which a session of another machine is followed. */
const followedBoard: PanelState = (() => {
  const awake = view({
    session: session({ id: 'S-far', name: 'Port the scripts', projectName: 'infra', machine: 'laptop' }),
  });
  const own = view({ session: session({ id: 'S-own', name: 'Fix the rounding', link: sharedWith }) });
  const views = [copiedView, awake, own];
  const board = boardOf(views, { now: NOW, dayStartTs: NOW - 12 * 60 * MINUTE, seenTs: () => undefined });
  const { view: _, selected: __, ...rest } = panelState({ sessions: views.map((each) => each.session) });
  return { ...rest, board, needsYou: board.needsYou };
})();

export const machineStates = { shared, disconnected, seatSilent, followedBoard } satisfies Record<string, PanelState>;
