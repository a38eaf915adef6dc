import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { makePlan } from '#core/plans/plan.ts';
import { matchRules } from '#core/plans/rules/promptRules.ts';
import { parseRules } from '#core/plans/rules/rules.ts';
import { claudeElsewhere } from '#test/lib/claudeElsewhere.ts';
import { fenced, pages } from '#test/lib/docsPages.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const readme = pages.find(({ path }) => path === 'README.md') ?? { path: '', text: '' };
const rulesText = fenced(readme, 'json').find((block) => block.includes('tests-before-merge')) ?? '';

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage({ 'hold.seconds': 0 });
  await stage.start();
  // the scripts are those of a person, or of workers
  claudeElsewhere(stage.dir);
});

/** The reason by which a command is refused to Claude; undefined when it is not. */
async function refused(command: string): Promise<string | undefined> {
  const call = { tool_name: 'Bash', tool_use_id: 'call', tool_input: { command } };
  const { hookSpecificOutput } = (await stage.answer('PreToolUse', call)) as {
    hookSpecificOutput?: { permissionDecision?: string; permissionDecisionReason?: string };
  };
  return hookSpecificOutput?.permissionDecision === 'deny' ? hookSpecificOutput.permissionDecisionReason : undefined;
}

/** Runs a script with `fermata` on its PATH. Resolves to its exit code. */
function shell(script: string, more: Record<string, string> = {}): Promise<number> {
  const bin = join(stage.root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'fermata'), `#!/bin/sh\nexec '${process.execPath}' '${cliProgram}' "$@"\n`, { mode: 0o755 });
  const session = { FERMATA_HOME: stage.home, FERMATA_SESSION_DIR: stage.dir, ...more };
  const env = { ...session, HOME: stage.root, PATH: [bin, process.env['PATH']].join(delimiter) };
  return new Promise((resolve) =>
    execFile('sh', ['-e', '-c', script], { env, cwd: stage.project }, (error) => resolve(Number(error?.code ?? 0))),
  );
}

describe('the recipe that holds a merge until the tests pass', () => {
  /** Starts the rule's worker, as the hook at a prompt does. */
  function startTests(): void {
    const { home, dir, session, project } = stage;
    const { matches } = matchRules(parseRules(rulesText).rules, 'Please merge the feature branch');
    const plan = makePlan({ home, dir, session, project, matches, now: Date.now() });
    const [{ worker }] = plan['workers'] as [{ worker: string }];
    stage.publish(plan, { t: 'spawn', worker, pid: 1 });
  }

  beforeEach(startTests);

  test('refuses git merge while they run, and lets it go once they have passed', async () => {
    expect(await refused('git merge feature')).toContain('The tests have not passed yet');
    stage.publish({ t: 'exit', worker: 'W1', code: 0 });
    expect(await refused('git merge feature')).toBeUndefined();
  });

  test.each([
    ['failed', { code: 1 }],
    ['were killed', { signal: 'SIGKILL' }],
    ['were aborted', { signal: 'SIGTERM' }],
    ['were lost', { lost: true }],
  ])('goes on refusing it when they %s, until the person releases it', async (how, exit) => {
    if (how === 'were aborted') stage.publish({ t: 'abort', worker: 'W1', by: 'user' });
    stage.publish({ t: 'exit', worker: 'W1', ...exit });
    const reason = await refused('git merge feature');
    expect(reason).toContain('The tests have not passed yet');
    expect(reason).toMatch(
      /it is stuck and ends no more by itself: W1 \(Run the tests\) (failed|was aborted|was lost)/,
    );
    stage.publish({ t: 'unblock', block: 'B1', by: 'user' });
    expect(await refused('git merge feature')).toBeUndefined();
  });

  test('does not let Claude end its turn once they have failed', async () => {
    stage.publish({ t: 'exit', worker: 'W1', code: 1 });
    expect(await stage.answer('Stop', { stop_hook_active: false })).toMatchObject({
      hookSpecificOutput: { additionalContext: expect.stringContaining('Run the tests') },
    });
  });

  test('lets it go when the next prompt has run them again and they have passed', async () => {
    stage.publish({ t: 'exit', worker: 'W1', code: 1 });
    startTests();
    expect(await refused('git merge feature')).toContain('The tests have not passed yet');
    stage.publish({ t: 'exit', worker: 'W2', code: 0 });
    expect(await refused('git merge feature')).toBeUndefined();
  });
});

describe('the recipe with a vote', () => {
  const [setUp = '', vote = ''] =
    fenced(readme, 'sh')
      .find((block) => block.includes('ballot deploy'))
      ?.split('fermata vote') ?? [];
  const cast = async (worker: string, line = vote): Promise<void> =>
    expect(await shell(`fermata vote${line}`, { FERMATA_WORKER: worker })).toBe(0);

  test('holds the deployment until two of three agree', async () => {
    expect(await shell(setUp)).toBe(0);
    expect(await refused('./deploy.sh production')).toContain('The vote on the deployment is open');
    for (const worker of ['W1', 'W3']) {
      expect(await refused('./deploy.sh production')).toBeDefined();
      await cast(worker);
    }
    expect(await refused('./deploy.sh production')).toBeUndefined();
  });

  test('goes on refusing it when two of three are against it, until they agree in another vote', async () => {
    expect(await shell(setUp)).toBe(0);
    for (const worker of ['W1', 'W3']) await cast(worker, vote.replace('proceed', 'abort'));
    expect(await refused('./deploy.sh production')).toContain('the vote on deploy decided abort');
    const [ballot = ''] = setUp.split('\n');
    expect(await shell(ballot)).toBe(0);
    expect(await refused('./deploy.sh production')).not.toContain('stuck');
    for (const worker of ['W1', 'W2']) await cast(worker);
    expect(await refused('./deploy.sh production')).toBeUndefined();
  });

  test('goes on refusing it when the voters have ended without a vote', async () => {
    expect(await shell(setUp)).toBe(0);
    for (const worker of ['W1', 'W2']) stage.publish({ t: 'spawn', worker }, { t: 'done', worker });
    expect(await refused('./deploy.sh production')).toContain('the quorum of 2 is out of reach');
  });

  test('goes on refusing it when the block says decided: and the vote is against it', async () => {
    expect(await shell(setUp.replace('agreed:', 'decided:'))).toBe(0);
    for (const worker of ['W1', 'W3']) await cast(worker, vote.replace('proceed', 'abort'));
    expect(await refused('./deploy.sh production')).toContain('the vote on deploy decided abort');
  });
});
