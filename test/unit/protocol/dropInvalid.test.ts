import { expect, test } from 'vitest';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { claudeLineSchema } from '#protocol/schemas.ts';

const BLOCK = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };

test.each(['message', 'match', 'until', 'ttlMs', 'key', 'now', 'id'])(
  'a block whose %s is of another type still blocks',
  (field) => {
    for (const value of field === 'until'
      ? [null, 5, {}]
      : [null, field === 'match' ? 5 : [], field === 'now' ? 5 : true]) {
      if (field === 'now' && value === true) continue;
      expect(parseEvent({ ...BLOCK, [field]: value })).toEqual({ kind: 'event', event: BLOCK, dropped: [field] });
    }
  },
);

test('a part of a match that is of another type is dropped: the block holds more, never less', () => {
  const event = { ...BLOCK, match: { tool: 'Bash', command: ['git *'], path: null } };
  expect(parseEvent(event)).toMatchObject({
    event: { ...BLOCK, match: { tool: 'Bash' } },
    dropped: ['match.path', 'match.command'],
  });
});

test('nothing is dropped from an event that is as it should be, and nothing that is not known', () => {
  const event = { ...BLOCK, note: null };
  expect(parseEvent(event)).toEqual({ kind: 'event', event });
});

test('a required field of another type is damage', () => {
  expect(parseEvent({ ...BLOCK, exit: '2' })).toMatchObject({ kind: 'invalid' });
});

test('a line of a Claude worker keeps its result without its odd parts, and is nothing where it may be an error', () => {
  const line = { type: 'result', result: 'ok', usage: { input_tokens: '5', output_tokens: 7 }, num_turns: null };
  expect(dropInvalid(claudeLineSchema, line)).toEqual(['num_turns', 'usage.input_tokens']);
  expect(line).toEqual({ type: 'result', result: 'ok', usage: { output_tokens: 7 } });
  expect(dropInvalid(claudeLineSchema, { type: 'result', result: 'ok', is_error: 'true' })).toBeUndefined();
});
