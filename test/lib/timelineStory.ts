import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import type { TimelineView } from '#protocol/timeline.ts';

/** When the story begins. */
export const STORY_START = Date.UTC(2026, 0, 15, 9, 30);
const s = 1000;

/** A session of four minutes with everything that a timeline draws; `at` is in seconds since its beginning. */
const STORY: [at: number, event: object][] = [
  [0, { t: 'open', format: 1, nonce: 'story' }],
  [0, { t: 'session', session: 'story', cwd: '/home/dev/shop' }],
  [4, { t: 'turn', state: 'working' }],
  [
    6,
    {
      t: 'plan',
      run: 'R1',
      sha256: 'x',
      workers: [
        {
          worker: 'W1',
          task: 'Process data1.csv',
          guard: [{ tool: 'Read', path: 'data1.csv', reason: 'W1 has data1.csv in memory' }],
        },
        { worker: 'W2', task: 'Process data2.csv' },
        {
          worker: 'W3',
          task: 'Merge the results of all workers into one report for the weekly mail',
          after: ['ok:W1'],
        },
        { worker: 'W4', task: 'Measure' },
      ],
    },
  ],
  [8, { t: 'spawn', worker: 'W1', pid: 11 }],
  [9, { t: 'spawn', worker: 'W2', pid: 12 }],
  [10, { t: 'spawn', worker: 'W4', pid: 14 }],
  [12, { t: 'acquire', worker: 'W2', resource: 'db', id: 'a' }],
  [16, { t: 'acquire', worker: 'W4', resource: 'db', id: 'b', wait: true }],
  [24, { t: 'held', block: 'B1', tool: 'Read', summary: 'data1.csv', id: 'h' }],
  [44, { t: 'held', block: 'B1', tool: 'Read', summary: 'data1.csv', id: 'h', ms: 20_000 }],
  [44, { t: 'denied', block: 'B1', tool: 'Read', summary: 'data1.csv' }],
  [52, { t: 'checkpoint', worker: 'W1', name: 'half' }],
  [60, { t: 'progress', worker: 'W1', pct: 60 }],
  [66, { t: 'release', worker: 'W2', resource: 'db' }],
  [70, { t: 'checkpoint', worker: 'W2', name: 'merge-ready' }],
  [74, { t: 'error', worker: 'W2', message: 'row 4812 has no price' }],
  [78, { t: 'exit', worker: 'W1', code: 0 }],
  [80, { t: 'spawn', worker: 'W3', pid: 13 }],
  [84, { t: 'ask', ask: 'q1', tool: 'Bash', summary: 'npm run merge' }],
  [104, { t: 'answer', ask: 'q1', decision: 'allow', by: 'user' }],
  [108, { t: 'ballot', ballot: 'ship', question: 'Ship it?', voters: ['W2', 'W3', 'W4'] }],
  [112, { t: 'vote', worker: 'W3', ballot: 'ship', decision: 'proceed', reason: 'all rows are there' }],
  [118, { t: 'vote', worker: 'W2', ballot: 'ship', decision: 'abort', reason: 'a price is missing' }],
  [124, { t: 'handoff', worker: 'W2', to: 'W3', task: 'the row without a price' }],
  [130, { t: 'vote', worker: 'W4', ballot: 'ship', decision: 'proceed' }],
  [136, { t: 'acquire', worker: 'W3', resource: 'file:report.md', id: 'c' }],
  [140, { t: 'exit', worker: 'W2', code: 3 }],
  [144, { t: 'hook', worker: 'W4', event: 'Stop', exit: 2, message: 'the numbers are not in yet' }],
  [150, { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'paused by you', key: 'pause' }],
  [152, { t: 'held', block: 'B4', tool: 'Edit', summary: 'report.md', id: 'p' }],
  [172, { t: 'unblock', block: 'B4', by: 'user', word: 'go on' }],
  [180, { t: 'denied', block: 'B3', tool: 'Stop' }],
  [200, { t: 'resolve', block: 'B3', by: 'conductor', word: 'waited for them' }],
  [204, { t: 'abort', worker: 'W4', by: 'user' }],
  [206, { t: 'exit', worker: 'W4', signal: 'SIGTERM' }],
  [210, { t: 'turn', state: 'idle' }],
  [236, { t: 'turn', state: 'working' }],
];

/** The timeline's view of some events, each a line of 100 bytes. */
export function viewOf(
  events: readonly (readonly [at: number, event: object])[],
  about: Partial<TimelineView> = {},
): TimelineView {
  const state = emptyState();
  const timeline = new Timeline();
  events.forEach(([at, event], i) => {
    const line = { pos: i * 100, value: { ts: STORY_START + at * s, ...event } };
    reduce(state, line);
    timeline.update(state, line);
  });
  const { session = { id: 'story', title: 'shop', live: true }, generatedTs = STORY_START + 240 * s } = about;
  return { ...timeline.view(state, { session, read: 1, generatedTs }), ...about };
}

export const story = (about?: Partial<TimelineView>): TimelineView => viewOf(STORY, about);

/** The story as the lines of a log. */
export const storyLines = (): string[] =>
  STORY.map(([at, event]) => JSON.stringify({ ts: STORY_START + at * s, ...event }));
