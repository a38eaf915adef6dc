import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { armedEvents } from '#core/session/armed.ts';
import type { SessionState } from '#protocol/state.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import { digest, hold, same, type Target } from '#test/fuzz/target.ts';

/** Logs of small worlds, and hostile ones: what makes them takes seconds to load. */
export const someLogs = async (): Promise<string[]> => (await import('./someLogs.ts')).someLogs();

export const NOW = Date.UTC(2026, 0, 1, 1);
/** What is kept of a log may be a few times as long as the log. */
const [MAX_STATE_BYTES, MAX_STATE_RATIO] = [64 * 1024, 40];

export function linesOf(input: Buffer): Line[] {
  const lines: Line[] = [];
  new LineReader().push(Buffer.concat([input, Buffer.from('\n')]), (line) => lines.push(line));
  return lines;
}

export function folded(lines: readonly Line[], state = emptyState()): SessionState {
  // a fold may take out of a value what is not valid
  for (const line of structuredClone(lines)) reduce(state, line);
  return state;
}

function assertShown(state: SessionState): void {
  toViewModel(state, { now: NOW, silentSeconds: 60, id: 's', live: true });
}

/** The fold: never fails, at whatever line a snapshot is taken up, in bounded memory; everything can be drawn of it. */
export const fold: Target = {
  seeds: () => [],
  first: someLogs,
  check: (input) => {
    const lines = linesOf(input);
    const state = folded(lines);
    const encoded = encodeState(state);
    hold(
      encoded.length <= MAX_STATE_BYTES + MAX_STATE_RATIO * input.length,
      () => `the state has ${encoded.length} bytes for ${input.length} of the log`,
    );
    const cut = digest(input) % (lines.length + 1);
    const before = folded(lines.slice(0, cut));
    assertShown(before);
    armedEvents(before);
    const resumed = decodeState(encodeState(before));
    hold(resumed !== undefined, () => 'no state is decoded');
    same(encodeState(folded(lines.slice(cut), resumed)), encoded, `from a snapshot after ${cut} lines`);
    assertShown(state);
    armedEvents(state);
  },
};

/** Spans of a row follow each other. */
function assertNoOverlap({ lanes }: TimelineView): void {
  for (const row of lanes.flatMap(({ rows }) => rows))
    for (const [i, { from, to = Infinity }] of row.entries()) {
      const before = i === 0 ? 0 : (row[i - 1]?.to ?? Infinity);
      hold(to >= from && from >= before, () => `a span from ${from} to ${to} after ${before}`);
    }
}

/** The timeline beside the fold, in both of its sizes. */
export const timeline: Target = {
  seeds: () => [],
  first: someLogs,
  check: (input) => {
    const small = new Timeline({ mergeable: 6, pinned: 3 });
    const whole = new Timeline();
    const state = emptyState();
    for (const line of linesOf(input)) {
      reduce(state, line);
      small.update(state, line);
      whole.update(state, line);
    }
    const about = { session: { id: 's', title: 's', live: true }, read: 1, generatedTs: 0 };
    for (const each of [small, whole]) assertNoOverlap(each.view(state, about));
  },
};

/** All but those by which others end blocks: these are told from the ones that must not. */
const HARMLESS = new Set(
  'turn prompt consent spawn progress checkpoint done error exit handoff ballot vote acquire release hook denied held delivered ask answer usage tell watch tool collision dismiss log'.split(
    ' ',
  ),
);
const KEPT = { t: 'hook', worker: 'keeper', event: 'PreToolUse', exit: 2, stderr: 'wait', match: { tool: 'Bash' } };
const context = {
  event: 'PreToolUse',
  role: 'conductor',
  root: '/p',
  call: { tool: 'Bash', input: { command: 'git push' }, cwd: '/p' },
} as const;

/** Whether a line, whatever it is, has nothing to do with the block that must stand. */
function isElsewhere(line: Line): boolean {
  if (!('value' in line)) return true;
  const value = line.value as { t?: unknown } | null;
  return typeof value?.t !== 'string' || !HARMLESS.has(value.t)
    ? typeof value?.t !== 'string'
    : !JSON.stringify(value).includes('keeper');
}

/** A block that nobody has ended refuses, whatever else is in the log. */
export const blocks: Target = {
  seeds: () => [],
  first: someLogs,
  check: (input) => {
    const lines = [
      { pos: 0, value: KEPT },
      ...linesOf(input)
        .filter(isElsewhere)
        .map((line) => ({ ...line, pos: line.pos + 1000 })),
    ];
    const state = folded(lines);
    hold(armedEvents(state).has('PreToolUse'), () => 'nothing is armed');
    for (const each of [state, decodeState(encodeState(state)) ?? emptyState()]) {
      const active = activeBlocks(each, context, NOW);
      hold(
        active.some(({ id }) => id === 'B1'),
        () => 'the block does not refuse',
      );
      const reason = blockReason(each, active, NOW, '/bin/fermata');
      hold(reason.includes('B1'), () => 'the reason does not name the block');
    }
  },
};
