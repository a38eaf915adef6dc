import { messageOf } from '#bridge/messageHeaders.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { whyNoResultName } from '#core/machines/output/resultNames.ts';
import { parsePiece, parseRequest } from '#core/machines/output/workerOutput.ts';
import { stampLines } from '#core/machines/stampLines.ts';
import { isOfPattern, parseSubject, subjectText } from '#core/machines/subjects.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { SessionState } from '#protocol/state.ts';
import { digest, hold, jsonOf, parted, same, type Target } from '#test/fuzz/target.ts';
import { join, normalize } from 'node:path';
import { NOW, someLogs } from './logs.ts';

const FIRST: Record<string, unknown>[] = [
  { t: 'open', format: 1, nonce: 'n' },
  { t: 'session', session: 's1', cwd: '/p' },
  { t: 'spawn', worker: 'A', task: 'here', pid: 1 },
  { t: 'hook', worker: 'A', event: 'PreToolUse', exit: 2, stderr: 'wait', match: { tool: 'Bash' } },
  { t: 'spawn', worker: 'M', task: 'there', via: 'm2/g1', off: 10 },
  {
    t: 'hook',
    worker: 'M',
    event: 'PreToolUse',
    exit: 2,
    stderr: 'wait',
    match: { tool: 'Edit' },
    via: 'm2/g1',
    off: 20,
  },
  { t: 'acquire', worker: 'A', resource: 'db', id: 'l1' },
  { t: 'ballot', ballot: 'ship', voters: ['A', 'M'], quorum: 2 },
  { t: 'ask', ask: 'q1', tool: 'Bash', answerable: true },
  { t: 'turn', state: 'working' },
];

function stateBefore(): SessionState {
  const state = emptyState();
  for (const [i, value] of FIRST.entries())
    reduce(state, { pos: i * 100, value: { ts: NOW, ...structuredClone(value) } });
  return state;
}

/** What nobody but its own machine, or a person, may have changed. */
function ofOthers(state: SessionState): unknown {
  const { workers, blocks, locks, ballots, conductor, aborted } = state;
  return {
    workers: ['A', 'M'].map((name) => {
      const { state: now, endedTs, abort, machine } = workers.get(name) ?? {};
      return { now, endedTs, abort, machine };
    }),
    blocks: ['B1', 'B2'].map((id) => blocks.get(id)?.ended),
    holders: locks.get('db')?.holders.map(({ worker }) => worker),
    votes: [...(ballots.get('ship')?.votes ?? [])]
      .map(([who]) => who)
      .filter((who) => ['A', 'M', 'conductor', 'user'].includes(who)),
    turn: conductor.state,
    aborted,
  };
}

/** Lines that another machine's worker publishes change nothing of the seat's, of a third machine's, or of the person's. */
function assertOutbox(data: Buffer): void {
  const state = stateBefore();
  const before = ofOthers(state);
  const have = digest(data) % 50;
  const { events, refused, answers } = stampLines(
    state,
    { machine: 'm3', role: 'worker' },
    { via: 'm3/g1', pos: 0, data },
    have,
    NOW,
  );
  same(answers, [], 'answers of a worker');
  let last = have;
  for (const [i, event] of events.entries()) {
    const off = event['off'] as number;
    hold(event['via'] === 'm3/g1' && off > last && off <= data.length, () => `an offset of ${off} after ${last}`);
    same(event.ts, NOW, 'time');
    last = off;
    hold(
      parseEvent(structuredClone(event)).kind !== 'invalid',
      () => `a stamped line is no event: ${JSON.stringify(event)}`,
    );
    reduce(state, { pos: 5000 + i * 100, value: event });
  }
  for (const reason of refused) hold(reason.length < 2000, () => 'a reason of that length');
  same(ofOthers(state), before, 'what is of others');
}

function assertSubject(text: string): void {
  const subject = parseSubject('default', text);
  if (subject !== undefined) same(subjectText('default', subject), text, 'subject');
  isOfPattern(text, text);
}

/** The name of a file of results stays in its folder. */
function assertResultName(name: string): void {
  for (const platform of ['linux', 'win32'] as const)
    if (whyNoResultName(name, platform) === undefined) {
      const path = join('/results', name);
      hold(
        path.startsWith('/results/') && normalize(path) === path && path === `/results/${name}`,
        () => `${name} leads elsewhere`,
      );
    }
}

/** Messages between machines: first line headers as JSON, or a subject; then the data. */
export const machines: Target = {
  seeds: () => [
    `{"Gen":"g1","Pos":"0","Decides":"1"}\n${FIRST.map((each) => JSON.stringify(each)).join('\n')}\n`,
    '{"Mark":"abc"}\n', 'fermata.default.up.m1.s1.m3\nx', 'fermata.default.here.m1\n', 'fermata.default.up.m1._.m1\n', 'out/a.txt\n', 'a/../b\n',
    '{"Gen":"g1","Pos":"0"}\n{"t":"progress","worker":"X","pct":5}\n{"t":"done","worker":"X"}\n{"t":"unblock","block":"B1","by":"X"}\n{"t":"vote","worker":"X","ballot":"ship","decision":"proceed"}\n',
  ], // prettier-ignore
  first: async () => (await someLogs()).slice(0, 30).map((text) => `{"Gen":"g1","Pos":"0"}\n${text}\n`),
  words: [
    'fermata.default.',
    'm2',
    'm3',
    'A',
    'M',
    'user',
    'conductor',
    'B1',
    'B2',
    'all',
    'ship',
    'db',
    'l1',
    'q1',
    'by',
    'worker',
    'unblock',
    'abort',
    'release',
  ],
  check: (input) => {
    const [head, data] = parted(input);
    const headers = jsonOf(head) as Record<string, unknown> | undefined;
    const message = messageOf(
      {
        get: (name) => {
          const value = headers?.[name];
          return typeof value === 'string' ? value : '';
        },
      },
      data,
    );
    if (message !== undefined && !('mark' in message))
      hold(Number.isSafeInteger(message.pos) && message.pos >= 0, () => 'no place');
    assertSubject(head);
    assertResultName(head);
    parseRequest(head);
    parsePiece(head);
    assertOutbox(data);
  },
};
