import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { homePaths, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { listPids } from '#core/base/processes.ts';
import { stepOf } from '#protocol/guide.ts';
import type { SessionState } from '#protocol/state.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { eventsOf, stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

/** `fermata demo` as a person runs it in a project. */
class Demo {
  readonly root = tempDir('fermata-demo-');
  readonly home = join(this.root, '.fermata');
  readonly project = join(this.root, 'project');
  output = '';
  readonly child;
  readonly ended: Promise<number | null>;

  constructor(paceMs: number) {
    mkdirSync(this.project);
    writeFileSync(join(this.project, 'data1.csv'), 'mine\n');
    // the demo must not mistake the Claude session that it runs in for its own
    const env = cleanEnv(this.root, { FERMATA_DEMO_PACE_MS: String(paceMs), CLAUDE_CODE_SESSION_ID: 'mine' });
    this.child = spawn(process.execPath, [cliProgram, 'demo'], { cwd: this.project, env });
    this.child.stdout.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.ended = new Promise((resolve) => this.child.once('close', resolve));
  }

  get dir(): string {
    const { sessions } = homePaths(this.home);
    return join(sessions, readdirSync(sessions)[0] ?? '');
  }

  get state(): SessionState | undefined {
    return existsSync(homePaths(this.home).sessions) ? stateOf(this.dir) : undefined;
  }

  /** Lets a call run that waits for the person, once it waits. */
  async release(worker: string): Promise<void> {
    await waitFor(() => (this.block(worker)?.holding.length ?? 0) > 0, {
      describe: `the call that ${worker} holds`,
      timeoutMs: 120_000,
    });
    raiseFlag(this.dir, { kind: 'release', block: this.block(worker)?.id ?? '' });
  }

  block(worker: string) {
    return [...(this.state?.blocks.values() ?? [])].find((block) => block.worker === worker);
  }
}

test('the demo plays to its end: workers, a held read, a lock, a vote, a checkpoint, a failure that is answered for', async () => {
  const demo = new Demo(150);
  // without a click there is no worker yet, and no limit of time
  await waitFor(() => (demo.block('user')?.holding.length ?? 0) > 0, {
    describe: 'the first call to wait for the person',
    timeoutMs: 120_000,
  });
  expect(demo.state?.workers.size).toBe(0);
  await demo.release('user');
  await waitFor(() => (demo.block('review')?.holding.length ?? 0) > 0, {
    describe: 'the merge to wait for the person',
    timeoutMs: 120_000,
  });
  const live = readSessionInfo(demo.dir);
  expect(live?.project).toBe(homePaths(demo.home).demo);
  expect(isSessionLive(live)).toBe(true);
  await demo.release('review');
  expect(await demo.ended, demo.output).toBe(0);

  const { state } = demo;
  const stateOf = (id: string): string | undefined => state?.workers.get(id)?.state;
  expect(['W1', 'W2', 'W3', 'review'].map(stateOf)).toEqual(['done', 'done', 'failed', 'done']);
  expect(demo.block('W1')?.holding).toEqual([]);
  expect(demo.block('review')?.ended?.how).toBe('release');
  expect(state?.ballots.get('publish')?.decided?.decision).toBe('proceed');
  expect([...(state?.ballots.get('publish')?.votes.keys() ?? [])].toSorted()).toEqual(['W1', 'W2', 'W3']);
  expect([...(state?.checkpoints.get('merge-ready')?.arrived.keys() ?? [])].toSorted()).toEqual(['W1', 'W2']);
  expect(state?.conductor.state).toBe('ended');
  const log = readFileSync(sessionPaths(demo.dir).log, 'utf8');
  const messages = eventsOf(demo.dir, 'log').map(({ message }) => stepOf(String(message)));
  expect(messages.filter((step) => step !== undefined)).toEqual([1, 2, 3, 4]);
  for (const step of [1, 2, 3, 4]) expect(demo.output).toContain(`${step} of 4: `);
  for (const part of ['"t":"held"', '"resource":"db"', '"t":"resolve"', '"wait":true', '"critical":true'])
    expect(log).toContain(part);
  expect(readFileSync(workerPaths(demo.dir, 'W1').stdout, 'utf8')).toContain('read 1200 rows of data1.csv');
  expect(existsSync(join(demo.home, 'logs'))).toBe(false);
  expect(readdirSync(demo.root).toSorted()).toEqual(['.fermata', 'project']);
  expect(readdirSync(demo.project)).toEqual(['data1.csv']);
  expect(isSessionLive(readSessionInfo(demo.dir))).toBe(false);
});

test('Ctrl-C ends it with its workers, and leaves a session that has ended', async () => {
  const demo = new Demo(3000);
  await demo.release('user');
  const atWork = (): number => [...(demo.state?.workers.values() ?? [])].filter((w) => w.pid !== undefined).length;
  await waitFor(() => atWork() === 3, { describe: 'three workers', timeoutMs: 120_000 });
  demo.child.kill('SIGTERM');
  await demo.ended;
  expect(demo.output).toContain('The demo was ended.');
  expect(demo.state?.conductor.state).toBe('ended');
  await waitFor(() => [...(demo.state?.workers.values() ?? [])].every((w) => w.state === 'aborted'), {
    describe: 'its workers to be aborted',
    timeoutMs: 120_000,
  });
});

test('a demo that waits for the person ends with what started it, and leaves no process', async () => {
  const demo = new Demo(150);
  await waitFor(() => (demo.block('user')?.holding.length ?? 0) > 0, {
    describe: 'the first call',
    timeoutMs: 120_000,
  });
  demo.child.kill('SIGKILL');
  await waitFor(() => demo.state?.conductor.state === 'ended', { describe: 'its end', timeoutMs: 120_000 });
  await waitFor(() => processesOf(demo.root).length === 0, { describe: 'no process of its own', timeoutMs: 120_000 });
});

/** The processes that have a folder in their arguments or environment. */
const processesOf = (folder: string): number[] =>
  listPids().filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
