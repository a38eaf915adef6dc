import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approve } from '#core/plans/rules/approval.ts';
import { groupMembers } from '#core/base/processes.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { Stage } from '#test/lib/fermata.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { ratio } from './figure.ts';
import { processTime } from './processTime.ts';

/** Starting and ending: a prompt to its first worker at work, an Abort to its group being empty; each against a bare Node. */
export async function runnerBench(): Promise<void> {
  const stage = new Stage({ 'workers.maxParallel': 64 });
  stage.install();
  mkdirSync(join(stage.project, '.fermata'));
  const rule = {
    name: 'one',
    prompt: 'start one',
    workers: [{ run: ['sh', '-c', 'echo $$ >running; exec sleep 100'] }],
  };
  writeFileSync(join(stage.project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules: [rule] }));
  approve(stage.home, stage.project, readRulesFile(stage.project)?.sha256 ?? '');
  const bare: [string, () => Promise<number>] = [
    'node -e 0',
    () => processTime({ file: process.execPath, args: ['-e', '0'], env: stage.env() }),
  ];
  // two Nodes one after the other are the least: the hook, and the runner that it starts
  await ratio('prompt-to-first-worker', 20, () => startOne(stage), bare, 6);
  await ratio('abort-to-empty-group', 20, () => abortOne(stage), bare, 5);
  for (const { id } of atWork(stage)) await stage.cli({}, 'abort', id);
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

const atWork = (stage: Stage): { id: string; pid: number }[] => {
  const log = new SessionLog(stage.dir);
  log.refresh();
  return [...log.state.workers.values()].flatMap(({ id, pid, state }) =>
    state === 'running' && pid !== undefined ? [{ id, pid }] : [],
  );
};

/** From the prompt's hook being called to the worker's own first deed. */
async function startOne(stage: Stage): Promise<number> {
  const sign = join(stage.project, 'running');
  rmSync(sign, { force: true });
  const env = stage.env({ CLAUDE_CODE_SESSION_ID: stage.session, CLAUDE_PROJECT_DIR: stage.project });
  const started = now();
  const hook = spawn(join(stage.home, 'hooks', 'gate.sh'), ['UserPromptSubmit', '30'], {
    env,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const payload = {
    session_id: stage.session,
    hook_event_name: 'UserPromptSubmit',
    cwd: stage.project,
    prompt: 'start one',
  };
  hook.stdin.end(JSON.stringify(payload));
  const ended = new Promise((resolve) => hook.once('close', resolve));
  await waitFor(() => existsSync(sign), { describe: 'the worker to run', intervalMs: 2 });
  const took = now() - started;
  await ended;
  return took;
}

/** From `fermata abort` being called to nothing of the worker's group being left. */
async function abortOne(stage: Stage): Promise<number> {
  if (atWork(stage).length === 0) await startOne(stage);
  const one = await waitFor(() => atWork(stage).at(-1), { describe: 'a worker at work' });
  const started = now();
  const ended = stage.cli({}, 'abort', one.id);
  await waitFor(() => groupMembers(one.pid).length === 0, { describe: 'its group to be empty', intervalMs: 2 });
  const took = now() - started;
  await ended;
  return took;
}
