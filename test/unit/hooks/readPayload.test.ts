import { describe, expect, test } from 'vitest';
import { readPayload } from '#hooks/readPayload.ts';

const CALL = {
  session_id: 's',
  hook_event_name: 'PreToolUse',
  cwd: '/p',
  tool_name: 'Bash',
  tool_input: { command: 'git push' },
};
const read = (value: unknown, event = 'PreToolUse') => readPayload(Buffer.from(JSON.stringify(value)), event);
const NEEDED = ['session_id', 'hook_event_name', 'tool_name', 'tool_input'];
const OPTIONAL = [
  'cwd transcript_path permission_mode agent_id agent_type source model prompt reason message notification_type',
  'last_assistant_message background_tasks task_subject teammate_name',
].flatMap((line) => line.split(' '));
const odd = (field: string): unknown[] => [null, 5, true, {}, field === 'background_tasks' ? 'x' : []];

test.each(OPTIONAL)('%s of another type is dropped, and the payload counts', (field) => {
  const { [field]: _, ...rest } = { ...CALL } as Record<string, unknown>;
  for (const value of odd(field))
    expect(read({ ...CALL, [field]: value })).toEqual({ payload: rest, problem: undefined });
});

describe('what a verdict depends on', () => {
  test.each(NEEDED)('%s is missing or of another type: there is a problem', (field) => {
    for (const value of [undefined, null, 5, true, [], field === 'tool_input' ? 'x' : {}])
      expect(read({ ...CALL, [field]: value }).problem).toContain(`was not understood (${field})`);
  });

  test('without a session nothing can be decided', () => {
    expect(read({ ...CALL, session_id: 5 }).payload).toBeUndefined();
    expect(read({ ...CALL, session_id: '../x' }).payload).toBeUndefined();
  });

  test('what can be decided is: the event is the one of the entry, a call without its input is still a call', () => {
    for (const name of ['Stop', 'preToolUse', 'Nova', null])
      expect(read({ ...CALL, hook_event_name: name }).payload).toMatchObject({
        hook_event_name: 'PreToolUse',
        tool_name: 'Bash',
      });
    expect(read({ ...CALL, tool_input: [] }).payload).toEqual({ ...CALL, tool_input: undefined });
  });

  test('other events need no call', () => {
    expect(read({ session_id: 's', hook_event_name: 'Stop' }, 'Stop').problem).toBeUndefined();
  });
});

test.each([
  ['cut', Buffer.from('{"session_id'), 'was not JSON'],
  ['empty', Buffer.alloc(0), 'was not JSON'],
  ['a list', Buffer.from('[]'), 'was not an object'],
  ['too large', undefined, 'above 16 MB'],
])('%s: no payload, and why', (_name, bytes, problem) =>
  expect(readPayload(bytes, 'PreToolUse')).toEqual({ problem: expect.stringContaining(problem) }),
);

test('bytes that are not UTF-8 are read as far as they can be, and are a problem', () => {
  const bytes = Buffer.from(JSON.stringify({ ...CALL, tool_input: { command: 'git push \xff' } }), 'latin1');
  expect(readPayload(bytes, 'PreToolUse')).toMatchObject({ problem: 'was not UTF-8', payload: { tool_name: 'Bash' } });
});

test.each([
  ['a byte order mark', Buffer.from(`\ufeff${JSON.stringify(CALL)}\r\n`)],
  ['UTF-16', Buffer.from(`\ufeff${JSON.stringify(CALL)}\r\n`, 'utf16le')],
])('%s makes no difference', (_name, bytes) =>
  expect(readPayload(bytes, 'PreToolUse')).toEqual({ payload: CALL, problem: undefined }),
);

test('an input that nests a hundred thousand deep is cut, and the rest counts', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const text = `{"data":${deep},${JSON.stringify(CALL).slice(1, -2)},"deep":${deep}}}`;
  const { payload, problem } = readPayload(Buffer.from(text), 'PreToolUse');
  expect(problem).toBeUndefined();
  expect(() => JSON.stringify(payload)).not.toThrow();
  expect(payload?.tool_input).toMatchObject({ command: 'git push' });
});
