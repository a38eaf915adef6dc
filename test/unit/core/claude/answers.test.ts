import { expect, test } from 'vitest';
import { ANSWERS, answerForm, versionOf } from '#core/claude/answers.ts';
import { isOlder } from '#core/claude/versions.ts';

test('the form of an answer is that of the newest row that the version has reached; an unknown version is the newest', () => {
  expect(answerForm('Stop', '2.1.257').place).toBe('decision');
  expect(answerForm('Stop', '2.1.258').place).toBe('context');
  expect(answerForm('Stop', '3.0.0').place).toBe('context');
  expect(answerForm('Stop', undefined)).toEqual(ANSWERS.Stop.at(-1));
  expect(answerForm('PreToolUse', '2.1.282').model).toBe('REASON');
  expect(answerForm('PreToolUse', '2.1.283').model).toContain('hook error');
});

test('each list of forms begins with the first version and goes on to newer ones', () => {
  for (const forms of Object.values(ANSWERS)) {
    expect(forms[0].since).toBe('0');
    for (const [i, { since }] of forms.slice(1).entries()) expect(isOlder(forms[i]?.since ?? '', since)).toBe(true);
  }
});

test.each([
  ['claude-code_2-1-332_harness', '2.1.332'],
  ['claude-code_2-1-163', '2.1.163'],
  ['claude-code_2-1', undefined],
  ['github_copilot_vscode_agent', undefined],
  ['', undefined],
  [undefined, undefined],
])('Claude Code names itself %s in the environment: version %s', (name, version) => {
  expect(versionOf(name === undefined ? {} : { AI_AGENT: name })).toBe(version);
});
