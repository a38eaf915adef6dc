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

test('questions are recorded a line each, and only where a tool asks them', () => {
  const questions = [{ question: 'Which one?' }, {}, { question: 7 }, null, { question: 'And now?' }];
  expect(summary('AskUserQuestion', { questions })).toBe('Which one?\n\n\n\nAnd now?');
  expect(summary('AskUserQuestion', { questions: 'all' })).toBe('{"questions":"all"}');
  expect(summary('Other', { questions: [{ question: 'x' }] })).toBe('{"questions":[{"question":"x"}]}');
});

test('of other tools it is the command, else the path, else the address, else what is searched, else the input', () => {
  expect(summary('Other', { command: 'x', url: 'u' })).toBe('x');
  expect(summary('Edit', { file_path: '/p/a', command: '' })).toBe('/p/a');
  expect(summary('WebFetch', { url: 'https://x.example', query: 'q' })).toBe('https://x.example');
  expect(summary('WebSearch', { query: 'q' })).toBe('q');
  expect(summary('Other', { query: 'q' })).toBe('{"query":"q"}');
  for (const url of ['', 7, null, ['u']]) expect(summary('WebFetch', { url })).toBe(JSON.stringify({ url }));
  for (const plan of ['', 7, undefined]) expect(summary('ExitPlanMode', { plan })).toBe('');
});
