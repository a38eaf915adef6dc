import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { planInstall } from '#core/install/installer.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

/** As Claude Code was seen to hand it over, with other figures. */
function payload(
  session_id: string,
  { usd = 0.03, fiveHours = 42.2, resets_at = Math.floor(Date.now() / 1000) + 3600 } = {},
): string {
  return JSON.stringify({
    session_id,
    cwd: '/home/dev/project',
    cost: { total_cost_usd: usd, total_duration_ms: 9037 },
    context_window: { total_input_tokens: 60_600, total_output_tokens: 10, context_window_size: 1_000_000 },
    rate_limits: {
      five_hour: { used_percentage: fiveHours, resets_at },
      seven_day: { used_percentage: 17.2, resets_at: resets_at + 86_400 },
    },
  });
}

/** The command that an installation makes of the person's; undefined: there is none. */
function commandFor(stage: HookStage, own: string | undefined): string {
  const file = join(stage.root, '.claude', 'settings.json');
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, own === undefined ? '{}' : JSON.stringify({ statusLine: { type: 'command', command: own } }));
  const plan = planInstall({
    home: stage.home,
    userHome: stage.root,
    scope: 'user',
    permissions: false,
    statusLine: true,
  });
  if (!plan.ok) throw new Error(plan.problem.message);
  return (JSON.parse(plan.after ?? '') as { statusLine: { command: string } }).statusLine.command;
}

const run = (command: string, input: string, cwd: string) =>
  spawnSync('sh', ['-c', command], { input, cwd, encoding: 'utf8', env: { PATH: process.env['PATH'] } });

const OWN = [
  `cat | tr a-z A-Z; printf 'é  \\n\\n'`,
  'echo "to stderr" >&2; printf "no line end"; exit 3',
  'true # only that',
  '# only a comment',
  'read -r line; printf "%s" "${#line}"',
  'exit 7',
  '',
];

test('what the person’s own command prints, and how it ends, is unchanged by Fermata before it, also where that is gone', async () => {
  const stage = new HookStage();
  await stage.start();
  for (const own of OWN) {
    const input = payload(stage.session);
    const command = commandFor(stage, own);
    const alone = run(own, input, stage.project);
    const expected = { stdout: alone.stdout, stderr: alone.stderr, status: alone.status };
    expect(run(command, input, stage.project)).toMatchObject(expected);
    expect(run(command, '', stage.project)).toMatchObject({ status: run(own, '', stage.project).status });
    const script = join(stage.home, 'hooks', 'status-line.sh');
    const text = readFileSync(script, 'utf8');
    rmSync(script);
    expect(run(command, input, stage.project)).toMatchObject(expected);
    writeFileSync(script, text);
  }
  expect(run(commandFor(stage, undefined), payload(stage.session), stage.project)).toMatchObject({
    stdout: '',
    status: 0,
  });
});

test('its figures come into the log with their source, at most once a minute where no limit depends on them', async () => {
  const stage = new HookStage();
  await stage.start();
  const command = commandFor(stage, 'cat >/dev/null');
  const figures = (): unknown[] => stage.events.filter(({ t }) => t === 'usage');
  run(command, payload(stage.session), stage.project);
  await waitFor(() => figures().length === 1, { describe: 'the figures in the log' });
  expect(figures()).toEqual([
    expect.objectContaining({
      costUsd: 0.03,
      contextTokens: 60_600,
      contextWindow: 1_000_000,
      source: 'the status line',
    }),
  ]);
  for (let i = 0; i < 5; i++) run(command, payload(stage.session, { usd: i }), stage.project);
  expect(readFileSync(join(stage.dir, 'status-line.json'), 'utf8')).toContain('"total_cost_usd":4');
  // the program that writes them was not started again
  expect(statSync(join(stage.dir, 'status-line.json')).mode & 0o077).toBe(0);
  expect(figures()).toHaveLength(1);
  expect(stage.errorLog).toBe('');
});

test('a budget in dollars and a window hold the very next call by what the status line was handed last', async () => {
  const stage = new HookStage({ 'hold.seconds': 0, 'budget.session': '$5', 'budget.window': '5h:90' });
  await stage.start();
  await stage.answer('UserPromptSubmit', { prompt: 'go' });
  const command = commandFor(stage, 'cat >/dev/null');
  const call = async (): Promise<string> =>
    JSON.stringify(
      await stage.answer('PreToolUse', { tool_name: 'Bash', tool_use_id: 'toolu_1', tool_input: { command: 'ls' } }),
    );
  expect(await call()).toBe('{}');
  run(command, payload(stage.session, { usd: 4.2 }), stage.project);
  expect(await call()).toBe('{}');
  run(command, payload(stage.session, { usd: 5.1 }), stage.project);
  expect(await call()).toContain('$5.10 of $5 (from the status line');
  stage.publish({ t: 'unblock', block: 'B1', by: 'user', budget: '$10' });
  expect(await call()).toBe('{}');
  run(command, payload(stage.session, { usd: 5.2, fiveHours: 91 }), stage.project);
  expect(await call()).toContain('91 % of the limit of five hours are used (from the status line');
  expect(stage.errorLog).toBe('');
});

test('what is no payload of this session is not kept, and nothing is written through a link or into another’s folder', async () => {
  const stage = new HookStage({ 'hold.seconds': 0, 'budget.session': '$5' });
  await stage.start();
  const command = commandFor(stage, 'cat');
  const kept = join(stage.dir, 'status-line.json');
  for (const text of [
    '',
    'x',
    '{}',
    payload('../x'),
    payload('a b'),
    `{"session_id":"${stage.session}","x":"${'y'.repeat(70_000)}"}`,
  ]) {
    expect(run(command, text, stage.project)).toMatchObject({ stdout: text, status: 0 });
    expect(existsSync(kept)).toBe(false);
  }
  const elsewhere = join(stage.root, 'elsewhere');
  writeFileSync(elsewhere, 'mine');
  for (const name of ['status-line.new', 'status-line.json', 'status-line.read'])
    symlinkSync(elsewhere, join(stage.dir, name));
  run(command, payload(stage.session), stage.project);
  expect(readFileSync(elsewhere, 'utf8')).toBe('mine');
  expect(readFileSync(kept, 'utf8')).toContain(stage.session);
  // a file that another program has put there has no figures for this session
  for (const text of [
    '{',
    '[]',
    payload('session-2', { usd: 99 }),
    `{"session_id":"${stage.session}","cost":{"total_cost_usd":-1}}`,
  ]) {
    writeFileSync(kept, text);
    const call = { tool_name: 'Bash', tool_use_id: 'toolu_1', tool_input: { command: 'ls' } };
    expect(await stage.answer('PreToolUse', call)).toEqual({});
  }
  chmodSync(stage.dir, 0o500);
  try {
    expect(run(command, payload(stage.session), stage.project)).toMatchObject({
      stdout: payload(stage.session),
      stderr: '',
    });
  } finally {
    chmodSync(stage.dir, 0o700);
  }
});
