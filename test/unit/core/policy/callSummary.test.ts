import { expect, test } from 'vitest';
import { judgedInput, MAX_SUMMARY_CHARS, summaryOf } from '#core/policy/callSummary.ts';

test('a summary is cut, and has no secret in it, not even the beginning of one that is cut', () => {
  expect(summaryOf('npm test')).toBe('npm test');
  expect(summaryOf('x'.repeat(MAX_SUMMARY_CHARS))).toBe('x'.repeat(MAX_SUMMARY_CHARS));
  expect(summaryOf('x y '.repeat(100))).toBe(`${'x y '.repeat(50)}…`);
  const secret = `ghp_${'A1b2'.repeat(9)}`;
  for (const before of [0, MAX_SUMMARY_CHARS - 60, MAX_SUMMARY_CHARS - 20])
    expect(summaryOf(`${'x '.repeat(before / 2)}${secret}`)).not.toContain('ghp_A1b2');
});

test('of a call that is kept there is what it is judged by, whole, and the beginning of what only describes it', () => {
  const long = 'word '.repeat(4000);
  const judged = { file_path: long, notebook_path: 'n', path: 'p', command: long };
  expect(judgedInput({ ...judged, content: 'all of a file', old_string: 'x' })).toEqual(judged);
  const { description, pattern, url, prompt } = judgedInput({ description: long, pattern: 'p', url: 'u', prompt: 7 });
  expect([pattern, url, prompt]).toEqual(['p', 'u', undefined]);
  expect(description).toBe(long.slice(0, 8000));
  expect(Object.keys(judgedInput({}))).toEqual([]);
});
