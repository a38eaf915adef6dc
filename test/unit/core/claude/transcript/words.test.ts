import { expect, test } from 'vitest';
import type { Words } from '#core/claude/transcript/transcriptState.ts';
import { foldBytes, recorded } from './recorded.ts';

const wordsOf = (...entries: object[]): Words =>
  foldBytes(Buffer.from(entries.map((e) => `${JSON.stringify(e)}\n`).join(''))).words;

let message = 0;
const says = (text: string, more: object = {}): object => ({
  type: 'assistant',
  timestamp: '2026-01-01T00:00:00.000Z',
  message: { id: `m${++message}`, content: [{ type: 'text', text }], stop_reason: 'end_turn' },
  ...more,
});
const prompt = (content: unknown, more: object = {}): object => ({ type: 'user', message: { content }, ...more });
const title = (customTitle: unknown): object => ({ type: 'custom-title', customTitle, sessionId: '1' });
const aiTitle = (title: unknown): object => ({ type: 'ai-title', aiTitle: title, sessionId: '1' });

test('the real CLI’s transcript has the prompts and the last words', () => {
  const { prompts, lastSaid } = foldBytes(recorded('tasks/1.jsonl')).words;
  expect(prompts).toEqual({ first: 'write the parser, with tests', latest: 'write the parser, with tests' });
  expect(lastSaid).toMatchObject({ text: 'done so far', asks: false });
  expect(foldBytes(recorded('compact/1.jsonl')).words.prompts).toEqual({ first: 'say hi', latest: 'say hi again' });
});

test('the newest title of each kind counts', () => {
  const { titles } = wordsOf(
    aiTitle('Guess'),
    title('First'),
    title('Second'),
    aiTitle('Better guess'),
    title('Second'),
  );
  expect(titles).toEqual({ person: 'Second', claude: 'Better guess' });
});

test('titles and prompts of another shape are skipped', () => {
  const state = wordsOf(title(7), title(undefined), aiTitle({ en: 'x' }), { type: 'last-prompt', lastPrompt: ['x'] });
  expect(state).toEqual({ titles: {}, prompts: {} });
});

test('the first and the latest prompt that a person typed are kept, of any length and in several blocks', () => {
  const blocks = [
    { type: 'text', text: 'look at' },
    { type: 'image', source: {} },
    { type: 'text', text: 'y'.repeat(100_000) },
  ];
  const { prompts } = wordsOf(prompt('x'.repeat(5000)), says('ok'), prompt(blocks));
  expect(prompts.first).toBe(`${'x'.repeat(2000)}…`);
  expect(prompts.latest?.slice(0, 10)).toBe('look at\nyy');
});

test('what no person typed is no prompt', () => {
  const { prompts } = wordsOf(
    prompt('<task-notification>agent done</task-notification>'),
    prompt('Another Claude session sent a message: hi'),
    prompt('<command-name>/model</command-name>'),
    prompt('Caveat: the messages below', { isMeta: true }),
    prompt('go on', { origin: { kind: 'auto-continuation' } }),
    prompt('system', { promptSource: 'system' }),
    prompt([{ type: 'tool_result', tool_use_id: 't' }]),
    { type: 'last-prompt', lastPrompt: '<task-notification>agent done</task-notification>' },
  );
  expect(prompts).toEqual({});
  expect(wordsOf(prompt('typed', { origin: { kind: 'human' }, promptSource: 'sdk' })).prompts.first).toBe('typed');
});

test('Claude’s own record of the latest prompt serves where the prompt is not seen', () => {
  expect(wordsOf({ type: 'last-prompt', lastPrompt: '/review 12' }).prompts).toEqual({ latest: '/review 12' });
  expect(wordsOf(prompt('a long one'), { type: 'last-prompt', lastPrompt: 'a long…' }).prompts.latest).toBe(
    'a long one',
  );
});

test('the last words are those of the turn', () => {
  expect(wordsOf(prompt('a'), says('one'), says('two. Shall I?')).lastSaid).toEqual({
    text: 'two. Shall I?',
    ts: Date.UTC(2026, 0, 1),
    asks: true,
  });
  expect(wordsOf(prompt('a'), says('one?'), prompt('b')).lastSaid).toBeUndefined();
});

test('a question is one with quotes and marks behind it, too', () => {
  const asks = (text: string): boolean | undefined => wordsOf(says(text)).lastSaid?.asks;
  expect(['Ok?', 'Shall **we?**\n', '“So?”', '本当ですか？', `${'x '.repeat(5000)}end?`].map(asks)).toEqual(
    [1, 1, 1, 1, 1].map(Boolean),
  );
  expect(['Done.', 'What? Done', 'a ? b'].map(asks)).toEqual([false, false, false]);
});

test('of long words the beginning and the end are kept', () => {
  const { text = '' } = wordsOf(says(`Begin ${'語'.repeat(9000)} and end?`)).lastSaid ?? {};
  expect([text.slice(0, 6), text.slice(-9), text.length <= 2010]).toEqual(['Begin ', ' and end?', true]);
});

test('passwords are in none of them', () => {
  const secret = 'ghp_0123456789abcdefghij0123456789abcdef';
  const all = wordsOf(title(`t ${secret}`), aiTitle(`a ${secret}`), prompt(`p ${secret}`), says(`s ${secret}`));
  expect(JSON.stringify(all)).not.toContain('ghp_0123');
});
