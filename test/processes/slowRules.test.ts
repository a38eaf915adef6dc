import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { writeApprovedRules, writeRules } from '#test/lib/approvedRules.ts';
import { claudeElsewhere } from '#test/lib/claudeElsewhere.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage({ spawn: 'ask' });
  await stage.fire('SessionStart', { source: 'startup' });
});
afterAll(removeTempDirs);

/** It would take years, on an empty text, too. */
const ENDLESS = '(?:a?|b?){60}(?!)';
const rule = (name: string, prompt: string) => ({ name, prompt, workers: [{ task: name, run: ['true'] }] });
const FILE = { version: 1, rules: [rule('slow', ENDLESS), rule('quick', 'hello')] };
const prompt = () => stage.answer('UserPromptSubmit', { prompt: 'hello' });
const allow = (...args: string[]) =>
  promisify(execFile)(
    process.execPath,
    [join(repoRoot, 'dist/fermata.cjs'), 'allow', '--project', stage.project, ...args],
    {
      env: { PATH: process.env['PATH'], HOME: stage.root, FERMATA_HOME: stage.home },
      timeout: 60_000,
    },
  );

test('a pattern that is not approved is not run: the prompt passes, and approving and trying end', async () => {
  writeRules(stage.project, FILE);
  expect(await prompt()).toMatchObject({ systemMessage: expect.stringContaining('are not approved') });
  // only a person approves, and what this test starts would else be below Claude
  claudeElsewhere(stage.dir);
  const { stdout } = await allow('--try', 'hello');
  expect(stdout).toContain('quick');
  expect(stdout).toContain('slow: its pattern takes too long on this prompt');
  expect((await allow()).stdout).toContain('approved for');
});

test('an approved one is stopped and named, and the other rules work', async () => {
  writeApprovedRules(stage.home, stage.project, FILE);
  const { systemMessage, hookSpecificOutput } = await prompt();
  expect(systemMessage).toContain('slow: its pattern takes too long on this prompt');
  expect(hookSpecificOutput).toMatchObject({ additionalContext: expect.stringContaining('has planned a worker') });
  expect(stage.events.filter(({ t }) => t === 'plan')).toMatchObject([{ workers: [{ task: 'quick' }] }]);
});

test('nor is one in the settings', async () => {
  stage.settings({ spawn: 'ask', rules: { [ENDLESS]: 'true' } });
  expect(await prompt()).toMatchObject({ systemMessage: expect.stringContaining('fermata.rules are not approved') });
});
