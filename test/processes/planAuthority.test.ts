import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { sessionDir } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { planPath } from '#core/plans/planFile.ts';
import { publish } from '#core/session/publish.ts';
import { Stage } from '#test/lib/fermata.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// Who can write into a session's folder, and no more, starts no command by it.

afterAll(removeTempDirs);

let stage: Stage;
let marker: string;
beforeEach(() => {
  stage = new Stage();
  stage.install();
  marker = join(stage.root, 'started');
});

const markingWorker = () => ({ workers: [{ run: ['sh', '-c', `echo x >>"${marker}"`] }] });
const count = (): number => (existsSync(marker) ? readFileSync(marker, 'utf8').length / 2 : 0);
const line = (dir: string, value: object): void =>
  appendFileSync(join(dir, 'events.jsonl'), `\n${JSON.stringify(value)}\n`);

/** Writes a plan by hand, as no program of Fermata does, and returns the line that would announce it. */
function forgePlan(run = 'R1', worker = 'W1'): Record<string, unknown> {
  const { session, project, dir } = stage;
  const command = { worker, run: ['sh', '-c', `echo x >>"${marker}"`], cwd: project, env: {}, after: [], guard: [] };
  const plan = { version: 1, run, session, project, rules: [], planned: 1, workers: [{ ...command, critical: false }] };
  const bytes = JSON.stringify(plan);
  mkdirSync(join(dir, 'runs', run), { recursive: true });
  mkdirSync(join(dir, 'workers', worker, 'out'), { recursive: true });
  writeFileSync(planPath(dir, run), bytes);
  return { t: 'plan', run, sha256: createHash('sha256').update(bytes).digest('hex'), workers: [{ worker }] };
}

/** Everything that reads the log has looked at it, and what it would start has had the time to. */
async function expectNothingStarted(dir = stage.dir, worker = 'W1'): Promise<void> {
  await stage.cli({}, 'status');
  await waitFor(() => stateOf(dir).workers.get(worker)?.state === 'failed', { describe: `${worker} has failed` });
  expect(stateOf(dir).workers.get(worker)?.problem).toContain('no approved rule');
  expect(count()).toBe(0);
}

test('a plan of a rule and one of fermata spawn run', async () => {
  stage.plan(markingWorker());
  stage.start();
  await waitFor(() => count() === 1, { describe: 'the worker of the rule has run' });
  expect((await stage.cli({ FERMATA_WORKER: '' }, 'spawn', '--', 'sh', '-c', `echo x >>"${marker}"`)).code).toBe(0);
  await waitFor(() => count() === 2, { describe: 'the spawned worker has run' });
});

describe('nothing runs, and the person is told why, of', () => {
  test('a plan and its line written by hand', async () => {
    line(stage.dir, forgePlan());
    await expectNothingStarted();
  });

  test('one with a proof of its own making', async () => {
    line(stage.dir, { ...forgePlan(), proof: '0'.repeat(64) });
    await expectNothingStarted();
  });

  test('one with the proof of another run of the session', async () => {
    const { proof } = stage.plan({ workers: [{ run: ['true'] }] });
    line(stage.dir, { ...forgePlan('R2', 'W2'), proof });
    await expectNothingStarted(stage.dir, 'W2');
  });

  test('an approved plan that is copied into another session', async () => {
    const event = stage.plan(markingWorker());
    const other = sessionDir(stage.home, 'other-session');
    createLog(other, Date.now());
    publish(other, Date.now(), { t: 'session', session: 'other-session', cwd: stage.project });
    for (const folder of ['runs', 'workers']) cpSync(join(stage.dir, folder), join(other, folder), { recursive: true });
    line(other, event);
    await stage.cli({ FERMATA_WORKER: '', FERMATA_SESSION_DIR: other }, 'status');
    await expectNothingStarted(other);
  });

  test('one whose file was replaced after its approval', async () => {
    stage.plan(markingWorker());
    chmodSync(planPath(stage.dir, 'R1'), 0o600);
    rmSync(planPath(stage.dir, 'R1'));
    const forged = forgePlan();
    stage.start();
    await waitFor(() => stage.state().workers.get('W1')?.state === 'failed', { describe: 'W1 has failed' });
    expect(stage.state().workers.get('W1')?.problem).toContain('was changed after it was announced');
    // and to announce it once more changes nothing
    line(stage.dir, forged);
    await stage.cli({}, 'status');
    expect(count()).toBe(0);
  });

  test('a process that a forged spawn names, for a runner to take over', async () => {
    const { dir } = stage;
    mkdirSync(join(dir, 'workers/W1/run'), { recursive: true });
    const info = JSON.stringify({ pid: 2 ** 22 - 3, startTime: '1', host: hostIdentity() });
    writeFileSync(join(dir, 'workers/W1/run/runner.json'), info);
    const startTime = startTimeOf(process.pid);
    line(dir, forgePlan());
    line(dir, { t: 'spawn', worker: 'W1', pid: process.pid, startTime, host: hostIdentity() });
    await stage.cli({}, 'status');
    await stage.run(join(stage.home, 'hooks', 'runner.cjs'), {}, dir, 'W1');
    expect(readFileSync(join(dir, 'workers/W1/run/runner.json'), 'utf8')).toBe(info);
    expect(stage.events('log')).toEqual([]);
  });

  test('a runner that is started for it by hand', async () => {
    line(stage.dir, forgePlan());
    const { code } = await stage.run(join(stage.home, 'hooks', 'runner.cjs'), {}, stage.dir, 'W1');
    expect({ code, started: count() }).toEqual({ code: 0, started: 0 });
    expect(existsSync(join(stage.dir, 'workers/W1/run'))).toBe(false);
    expect(readFileSync(join(stage.home, 'logs/runner.log'), 'utf8')).toContain('no approved rule');
  });
});

test('a plan that has run does not run again when it is announced again', async () => {
  const event = stage.plan(markingWorker());
  stage.start();
  await waitFor(() => stage.state().workers.get('W1')?.state === 'done', { describe: 'W1 is done' });
  line(stage.dir, event);
  line(stage.dir, { ...event, workers: [{ worker: 'W9' }] });
  await stage.cli({}, 'status');
  expect({ started: count(), workers: [...stage.state().workers.keys()] }).toEqual({ started: 1, workers: ['W1'] });
});

test('many workers of such a plan cost no process', async () => {
  const workers = Array.from({ length: 200 }, (_, i) => ({ worker: `W${i + 1}` }));
  line(stage.dir, { ...forgePlan(), workers });
  for (let calls = 0; calls < 3; calls++) await stage.cli({}, 'status');
  expect(existsSync(join(stage.dir, 'workers/W1/sent'))).toBe(false);
  expect(count()).toBe(0);
});
