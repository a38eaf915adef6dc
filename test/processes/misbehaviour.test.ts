import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isAlive } from '#core/base/processes.ts';
import type { Worker } from '#protocol/state.ts';
import { Stage } from '#test/lib/fermata.ts';
import { processesOf } from '#test/lib/stress/plans.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

/** Starts workers that run shell texts, each with the other fields of its rule. */
function startWorkers(
  settings: Record<string, unknown>,
  ...workers: (string | { shell: string; [field: string]: unknown })[]
): Stage {
  const stage = new Stage(settings);
  stage.install();
  const templates = workers.map((w) => (typeof w === 'string' ? { shell: w } : w));
  stage.plan({ workers: templates.map(({ shell, ...more }) => ({ run: { shell }, ...more })) });
  stage.start();
  return stage;
}

const worker = (stage: Stage, id: string): Worker | undefined => stage.state().workers.get(id);
const ended = (stage: Stage, id: string): Promise<Worker> =>
  waitFor(() => (worker(stage, id)?.endedTs === undefined ? undefined : worker(stage, id)), {
    describe: `${id} to end`,
    timeoutMs: 120_000,
  });
const pidIn = (file: string): Promise<number> =>
  waitFor(() => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0), { describe: file });

describe('a worker that does not want to end', () => {
  it('ignores TERM, forks and daemonises: Abort returns when all of it is gone', async () => {
    const endless = `trap "" TERM; while :; do sleep 0.05; done`;
    const daemon = `setsid sh -c '(setsid sh -c "echo \\$\\$ >daemon; ${endless.replaceAll('"', '\\"')}" &)' </dev/null >/dev/null 2>&1`;
    const stage = startWorkers({}, `trap '' TERM; (${endless}) & echo $! >child; ${daemon}; ${endless}`);
    const pids = [await pidIn(join(stage.project, 'child')), await pidIn(join(stage.project, 'daemon'))];
    expect(pids.map((pid) => isAlive(pid))).toEqual([true, true]);
    expect(await stage.cli({}, 'abort', 'W1')).toMatchObject({ code: 0, out: 'W1 is aborted\n' });
    expect(pids.map((pid) => isAlive(pid))).toEqual([false, false]);
    await waitFor(() => processesOf(stage.home).length === 0, { describe: 'nothing of it to be left' });
  });

  it('leaves a daemon behind when it ends by itself: that is named', async () => {
    const stage = startWorkers(
      {},
      `setsid sh -c 'echo $$ >daemon; exec sleep 60' </dev/null >/dev/null 2>&1 & while ! [ -s daemon ]; do sleep 0.02; done`,
    );
    await ended(stage, 'W1');
    const pid = await pidIn(join(stage.project, 'daemon'));
    const notice = `W1 has ended and left process ${pid} running`;
    await waitFor(() => stage.state().notices.some((n) => n.text === notice), { describe: notice });
    process.kill(pid, 'SIGKILL');
  });
});

it('a worker that floods its output costs a file of the allowed size, and little memory', async () => {
  const stage = startWorkers({ 'workers.logMegabytes': 4 }, 'timeout 10 yes "all work and no play"; echo end');
  let maxRssKb = 0;
  await waitFor(
    () => {
      for (const { command, rssKb } of processesOf(stage.home))
        if (command.includes('runner.cjs')) maxRssKb = Math.max(maxRssKb, rssKb);
      return worker(stage, 'W1')?.endedTs;
    },
    { describe: 'W1 to end', timeoutMs: 120_000 },
  );
  const file = join(stage.dir, 'workers', 'W1', 'stdout.log');
  expect(statSync(file).size).toBeLessThanOrEqual(2 << 20);
  const text = readFileSync(file, 'utf8');
  expect(text).toMatch(/^all work and no play\n/);
  expect(text).toMatch(/no play\nend\n$/);
  const omittedBytes = Number(/\[… +(\d+) bytes left out …\]/.exec(text)?.[1]);
  console.log(
    `${Math.round(omittedBytes / 1e6)} MB printed in 10 s; the runner took ${Math.round(maxRssKb / 1024)} MB`,
  );
  expect(omittedBytes).toBeGreaterThan(10_000_000);
  expect(maxRssKb).toBeLessThan(200 * 1024);
});

describe('a worker that meddles', () => {
  it('writes into another’s folder: the other one goes on and ends as it does', async () => {
    const other = '"$FERMATA_SESSION_DIR/workers/W2"';
    const stage = startWorkers(
      {},
      `echo x >${other}/stdout.log; rm -f ${other}/stderr.log; ln -s "$PWD/precious" ${other}/stderr.log; touch meddled`,
      'echo hello; while ! [ -e meddled ]; do sleep 0.02; done; echo oops >&2; exit 3',
    );
    writeFileSync(join(stage.project, 'precious'), 'keep me');
    expect(await ended(stage, 'W2')).toMatchObject({ state: 'failed', problem: 'exit code 3' });
    expect(readFileSync(join(stage.project, 'precious'), 'utf8')).toBe('keep me');
  });

  it('edits plan.json: nothing is started from it, and the end of the turn is held', async () => {
    const plan = '"$FERMATA_SESSION_DIR"/runs/R1/plan.json';
    const stage = startWorkers(
      {},
      { name: 'first', shell: `chmod u+w ${plan}; sed 's/touch honest/touch evil/' ${plan} >new; cat new >${plan}` },
      { shell: 'touch honest', after: ['first'] },
    );
    expect(await ended(stage, 'W2')).toMatchObject({ state: 'failed' });
    expect(existsSync(join(stage.project, 'honest')) || existsSync(join(stage.project, 'evil'))).toBe(false);
    const blocks = [...stage.state().blocks.values()].filter((b) => b.event === 'Stop' && b.ended === undefined);
    expect(blocks.map((b) => b.text).join()).toContain('plan.json of R1 was changed');
  });

  it('exits 0 without done: it is done', async () => {
    expect(await ended(startWorkers({}, 'true'), 'W1')).toMatchObject({ state: 'done', reportedDone: false });
  });

  it('speaks after its own end: nothing that it says decides anything any more', async () => {
    const later =
      'fermata vote proceed --ballot ship; fermata block "no" --tool Read; fermata acquire db; fermata progress 7; touch spoke';
    const stage = startWorkers(
      {},
      `setsid sh -c 'while ! [ -e go ]; do sleep 0.05; done; ${later}' </dev/null >/dev/null 2>&1 & exit 4`,
    );
    stage.publish({ t: 'ballot', ballot: 'ship', quorum: 1 });
    expect(await ended(stage, 'W1')).toMatchObject({ state: 'failed' });
    writeFileSync(join(stage.project, 'go'), '');
    await waitFor(() => existsSync(join(stage.project, 'spoke')), { describe: 'it to have spoken' });
    const state = stage.state();
    expect(state.workers.get('W1')?.state).toBe('failed');
    expect(state.ballots.get('ship')?.votes.size).toBe(0);
    expect([...state.blocks.values()].filter((b) => b.ended === undefined)).toEqual([]);
    expect(state.locks.get('db')?.holders ?? []).toEqual([]);
  });

  it('uses names that are paths, and messages of 10 MB: refused, or counted as damage, and all else works', async () => {
    const long = 'head -c 10000000 /dev/zero | tr "\\0" x';
    const stage = startWorkers(
      {},
      [
        'fermata progress 5 --worker ../x 2>why; echo $? >codes',
        'fermata abort ../../x 2>>why; echo $? >>codes',
        `{ printf '{"t":"log","level":"info","message":"'; ${long}; echo '"}'; } | fermata emit - 2>>why; echo $? >>codes`,
        `{ printf '\\n{"t":"log","level":"info","message":"'; ${long}; echo '"}'; } >>"$FERMATA_SESSION_DIR/events.jsonl"`,
        'fermata progress 60 --message "still here"',
      ].join('\n'),
    );
    expect(await ended(stage, 'W1')).toMatchObject({ state: 'done', lastMessage: 'still here' });
    const codes = readFileSync(join(stage.project, 'codes'), 'utf8').trim().split('\n');
    expect(codes.map((code) => code !== '0')).toEqual([true, true, true]);
    const why = readFileSync(join(stage.project, 'why'), 'utf8');
    expect(why).toContain('"../x" cannot be the name of a worker');
    const state = stage.state();
    expect([...state.damaged.values()].reduce((a, b) => a + b, 0)).toBe(1);
    expect([...state.workers.keys()]).toEqual(['W1']);
    expect(existsSync(join(stage.dir, 'x'))).toBe(false);
  });
});
