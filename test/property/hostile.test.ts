import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { activeBlocks } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { armedEvents } from '#core/session/armed.ts';
import type { SessionState } from '#protocol/state.ts';
import { hostileLine } from '#test/lib/hostileLog.ts';

const NOW = Date.UTC(2026, 0, 1);
const KNOWN = { t: 'hook', worker: 'keeper', event: 'PreToolUse', exit: 2, stderr: 'wait', match: { tool: 'Bash' } };
const call = { tool: 'Bash', input: { command: 'git push' }, cwd: '/p' };
const context = { event: 'PreToolUse', role: 'conductor', root: '/p', call } as const;

/** The state after a known block and other lines. */
function folded(lines: readonly string[]): SessionState {
  const state = emptyState();
  const reader = new LineReader();
  for (const line of [JSON.stringify(KNOWN), ...lines])
    reader.push(Buffer.from(`${line}\n`), (each) => reduce(state, each));
  return state;
}

function expectRefusal(lines: readonly string[]): void {
  const state = folded(lines);
  expect(armedEvents(state).has('PreToolUse')).toBe(true);
  for (const each of [state, decodeState(encodeState(state)) ?? emptyState()]) {
    const blocks = activeBlocks(each, context, NOW);
    expect(blocks.map(({ id }) => id)).toContain('B1');
    expect(blockReason(each, blocks, NOW, '/bin/fermata')).toContain('B1');
    expect(() => toViewModel(each, { now: NOW, silentSeconds: 60, id: 's', live: true })).not.toThrow();
  }
}

test('whatever else is in the log, a known block refuses, and the reason names it', () => {
  const lines = fc.array(hostileLine, { minLength: 20, maxLength: 120, size: 'max' });
  fc.assert(fc.property(lines, expectRefusal), { numRuns: 10 });
});

test('so it does after a thousand hostile lines', () => {
  const seed = Date.now();
  const lines = fc.sample(hostileLine, { numRuns: 1000, seed });
  expect(() => expectRefusal(lines), `seed ${seed}`).not.toThrow();
});
