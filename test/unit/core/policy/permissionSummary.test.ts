import { expect, test } from 'vitest';
import { permissionSummary } from '#core/policy/permissionSummary.ts';

const summary = (tool: string, input: Record<string, unknown>): string => permissionSummary({ tool, input, cwd: '/p' });

test('a request is recorded by what is asked, without the secrets in it', () => {
  expect(summary('Bash', { command: 'npm test' })).toBe('npm test');
  expect(summary('Bash', { command: 'mysql -u root -phunter2 app' })).toBe('mysql -u root -p[masked] app');
  expect(summary('Other', { url: '', header: 'token=abcdefgh' })).not.toContain('abcdefgh');
  expect(summary('ExitPlanMode', { plan: 'deploy with PASSWORD=hunter2' })).toBe('deploy with PASSWORD=[masked]');
  const questions = [{ question: 'Is the password hunter2!x right?' }, { question: 'Run app --password hunter2?' }];
  expect(summary('AskUserQuestion', { questions })).not.toContain('--password hunter2');
});

test('a long one is cut, and a secret at the cut is not left in half', () => {
  for (let before = 3960; before <= 4000; before++) {
    const text = summary('Bash', { command: `echo ${'x '.repeat(before / 2)}; app --password correcthorsebattery` });
    expect(text.length).toBeLessThanOrEqual(4001);
    expect(text).not.toContain('correcth');
  }
});
