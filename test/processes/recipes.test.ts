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

/** Runs a script with `fermata` on its PATH, where npm's tests end with a given code. Resolves to its exit code. */
function shell(script: string, more: Record<string, string> = {}, tests = 0): Promise<number> {
  const bin = join(stage.root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'npm'), `#!/bin/sh\nexit ${tests}\n`, { mode: 0o755 });
  writeFileSync(join(bin, 'fermata'), `#!/bin/sh\nexec '${process.execPath}' '${cliProgram}' "$@"\n`, { mode: 0o755 });
  const session = { FERMATA_HOME: stage.home, FERMATA_SESSION_DIR: stage.dir, ...more };
  const env = { ...session, HOME: stage.root, PATH: [bin, process.env['PATH']].join(delimiter) };
  return new Promise((resolve) =>
    execFile('sh', ['-e', '-c', script], { env, cwd: stage.project }, (error) => resolve(Number(error?.code ?? 0))),
  );
}

describe('the recipe that holds a merge until the tests pass', () => {
  beforeEach(() => {
    const { home, dir, session, project } = stage;
    const { matches } = matchRules(parseRules(rulesText).rules, 'Please merge the feature branch');
    stage.publish(makePlan({ home, dir, session, project, matches, now: Date.now() }), {
      t: 'spawn',
      worker: 'W1',
      pid: 1,
    });
  });

  test('refuses git merge while they run, and lets it go once they have passed', async () => {
    expect(await refused('git merge feature')).toContain('The tests have not passed yet');
    stage.publish({ t: 'exit', worker: 'W1', code: 0 });
    expect(await refused('git merge feature')).toBeUndefined();
  });

  test('goes on refusing it when they have failed, until it is released, and does not let Claude end its turn', async () => {
    const { rules } = JSON.parse(rulesText) as { rules: [{ workers: [{ run: { shell: string } }] }] };
    expect(await shell(rules[0].workers[0].run.shell, { FERMATA_WORKER: 'W1' }, 1)).toBe(1);
    stage.publish({ t: 'exit', worker: 'W1', code: 1 });
    expect(await refused('git merge feature')).toContain('The tests fail');
    expect(await stage.answer('Stop', { stop_hook_active: false })).toMatchObject({ decision: 'block' });
    const gate = [...stage.state.blocks.values()].find(({ worker }) => worker === 'gate');
    stage.publish({ t: 'unblock', block: gate?.id ?? '', by: 'user' });
    expect(await refused('git merge feature')).toBeUndefined();
  });
});

test('the recipe with a vote holds the deployment until two of three agree', async () => {
  const [setUp = '', vote = ''] =
    fenced(readme, 'sh')
      .find((block) => block.includes('ballot deploy'))
      ?.split('fermata vote') ?? [];
  expect(await shell(setUp)).toBe(0);
  expect(await refused('./deploy.sh production')).toContain('The vote on the deployment is open');
  for (const worker of ['W1', 'W3']) {
    expect(await refused('./deploy.sh production')).toBeDefined();
    expect(await shell(`fermata vote${vote}`, { FERMATA_WORKER: worker })).toBe(0);
  }
  expect(await refused('./deploy.sh production')).toBeUndefined();
});
