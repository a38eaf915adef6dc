import fc from 'fast-check';
import { expect, test } from 'vitest';
import { foldLine } from '#core/claude/transcript/fold.ts';
import { emptyTranscript } from '#core/claude/transcript/transcriptState.ts';
import { transcriptView } from '#core/claude/transcript/transcriptView.ts';
import { foldBytes, recorded } from '#test/unit/core/claude/transcript/recorded.ts';

const FILES = ['tasks/1.jsonl', 'todos/1.jsonl', 'subagents/1.jsonl', 'compact/1.jsonl'];

test('any chunking of the bytes gives the same result', () => {
  const all = FILES.map((name) => ({ bytes: recorded(name), expected: foldBytes(recorded(name)) }));
  fc.assert(
    fc.property(fc.constantFrom(...all), fc.array(fc.nat(20_000), { maxLength: 20 }), ({ bytes, expected }, cuts) => {
      expect(foldBytes(bytes, cuts)).toEqual(expected);
    }),
  );
});

const entries = FILES.flatMap((name) =>
  recorded(name)
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>),
);

/** A real entry in which some value at some place is replaced by another. */
const damaged = fc
  .tuple(fc.constantFrom(...entries), fc.array(fc.nat(200), { minLength: 1, maxLength: 4 }), fc.jsonValue())
  .map(([entry, at, value]) => {
    let left = at.reduce((a, b) => a + b, 0) % 60;
    return JSON.parse(JSON.stringify(entry, (_key, each: unknown) => (left-- === 0 ? value : each))) as unknown;
  });

test('no value, and no real entry with anything else in it, breaks the reader', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(damaged, fc.jsonValue(), fc.constantFrom(...entries)), { maxLength: 30 }),
      (values) => {
        const state = emptyTranscript();
        for (const value of values) foldLine(state, { pos: 0, value });
        transcriptView(state);
        const { understood, other, unknown } = state.lines;
        expect(understood + other + unknown).toBe(values.length);
        for (const count of Object.values(state.tokens)) expect(count).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 500 },
  );
});

test('its memory does not grow with the transcript', () => {
  const state = emptyTranscript();
  for (let i = 0; i < 5000; i++) {
    const call = { type: 'tool_use', id: `t${i}`, name: 'Edit', input: { file_path: `/p/${i}` } };
    foldLine(state, { pos: 0, value: { type: 'assistant', message: { id: `m${i}`, content: [call], usage: {} } } });
    const result = { type: 'tool_result', tool_use_id: `t${i}` };
    foldLine(state, { pos: 0, value: { type: 'user', message: { content: [result] } } });
  }
  expect([state.tokensByMessage.size, state.calls.size, state.edits.size]).toEqual([512, 0, 200]);
});
