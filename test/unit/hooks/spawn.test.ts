import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext } from '#hooks/hookContext.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import { startFromPrompt } from '#hooks/spawn.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { writeApprovedRules, writeRules } from '#test/lib/approvedRules.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const NOW = Date.now();
let home: string;
let project: string;
let dir: string;

beforeEach(() => {
  home = join(tempDir(), '.fermata');
  project = realpathSync(tempDir());
  dir = sessionDir(home, 's1');
  createLog(dir, NOW);
  publish(dir, NOW, { t: 'session', session: 's1', cwd: project });
});

const rules = (...workers: object[]): object => {
  return { version: 1, rules: [{ name: 'process', prompt: '^go$', workers }] };
};
const ONE = rules({ run: ['true'], task: 'check\nit' });

/** What a prompt starts, with these settings of Fermata. */
async function prompted(prompt: string, settings: object = {}): Promise<ReturnType<typeof startFromPrompt>> {
  writeFileSync(homePaths(home).settings, JSON.stringify(settings));
  const environment = { home, env: { CLAUDE_PROJECT_DIR: project }, now: () => NOW, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'UserPromptSubmit', cwd: project, prompt };
  return startFromPrompt(new HookContext(payload, environment, session, false), session, prompt);
}

/** A runner that only records for which worker it was started. */
function standInRunner(): () => string[] {
  const started = join(home, 'started');
  mkdirSync(join(home, 'hooks'), { recursive: true });
  const program = `require('node:fs').appendFileSync(${JSON.stringify(started)}, process.argv.at(-1) + '\\n');`;
  writeFileSync(homePaths(home).runner, program);
  return () => (existsSync(started) ? readFileSync(started, 'utf8').trim().split('\n').toSorted() : []);
}

test('a prompt that no rule matches starts nothing', async () => {
  writeApprovedRules(home, project, ONE);
  expect(await prompted('hello')).toEqual({ context: undefined, warning: undefined });
  expect(eventsOf(dir, 'plan')).toEqual([]);
});

test('rules that are not approved start nothing, and the person reads how to approve them', async () => {
  writeRules(project, ONE);
  const { context, warning } = await prompted('go');
  expect(context).toBeUndefined();
  expect(warning).toMatch(
    /^Fermata: The rules in .*rules\.json are not approved, so no worker was started\. Look at them/,
  );
  expect(warning).toContain(`${homePaths(home).cli} allow --project ${project}`);
  expect(eventsOf(dir, 'log')).toMatchObject([{ level: 'warn', message: warning?.slice('Fermata: '.length) }]);
  expect(eventsOf(dir, 'plan')).toEqual([]);
});

test('a rule that cannot work is named', async () => {
  writeApprovedRules(home, project, {
    version: 1,
    rules: [{ name: 'broken', prompt: '(', workers: [{ run: ['true'] }] }],
  });
  expect((await prompted('go')).warning).toContain('A rule needs a look: ');
});

test('the workers of a rule start, and Claude reads who they are, where their results are, and how to wait', async () => {
  const started = standInRunner();
  writeApprovedRules(home, project, rules({ run: ['true'], task: 'check\nit' }, { run: ['true'] }));
  const { context, warning } = await prompted('go');
  expect(warning).toBeUndefined();
  const [head, ...lines] = context?.split('\n') ?? [];
  expect(head).toContain('Fermata started 2 workers beside you for this prompt (R1)');
  expect(head).toContain(`To wait for them: ${homePaths(home).cli} wait done:all`);
  expect(lines.join('\n')).toContain(`(results in ${join(dir, 'workers', 'W1', 'out')})`);
  expect(lines.join('\n')).toContain('W1: check');
  expect(eventsOf(dir, 'plan')).toMatchObject([
    { run: 'R1', rule: 'process', workers: [{ worker: 'W1' }, { worker: 'W2' }] },
  ]);
  await waitFor(() => started().length === 2, { describe: 'two runners to start' });
  expect(started()).toEqual(['W1', 'W2']);
});

test('no more start than the settings allow, and one worker is a worker', async () => {
  const started = standInRunner();
  writeApprovedRules(home, project, ONE);
  expect((await prompted('go')).context).toContain('Fermata started a worker beside you');
  await waitFor(() => started().length === 1, { describe: 'a runner to start' });
});

test('where the person is to be asked nothing starts yet, and both read that', async () => {
  const started = standInRunner();
  writeApprovedRules(home, project, ONE);
  const { context, warning } = await prompted('go', { spawn: 'ask' });
  expect(warning).toContain('R1 (process) waits for your word');
  expect(warning).toContain(`${homePaths(home).cli} start R1`);
  expect(context).toContain(
    'Fermata has planned a worker for this prompt (R1) and asks the person whether to start them.',
  );
  expect(context).toContain('W1: check');
  expect(context).not.toContain('results in');
  expect(eventsOf(dir, 'plan')).toMatchObject([{ ask: true }]);
  expect(started()).toEqual([]);
});

test('with the setting off a prompt starts nothing, and nothing is said about it', async () => {
  writeRules(project, ONE);
  expect(await prompted('go', { spawn: 'off' })).toEqual({});
  expect(eventsOf(dir, 'log')).toEqual([]);
});

test('without the runner no worker starts: the person reads why, and it is an escalation', async () => {
  writeApprovedRules(home, project, ONE);
  const { context, warning } = await prompted('go');
  expect(context).toBeUndefined();
  expect(warning).toMatch(/^Fermata: No worker was started: the runner is missing/);
  expect(eventsOf(dir, 'log')).toMatchObject([{ level: 'escalate' }]);
});
