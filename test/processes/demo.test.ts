import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { homePaths, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import type { SessionState } from '#protocol/state.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { stateOf } from '#test/lib/readSession.ts';
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

  block(worker: string) {
    return [...(this.state?.blocks.values() ?? [])].find((block) => block.worker === worker);
  }
}

test('the demo plays to its end: workers, a held read, a lock, a vote, a checkpoint, a failure that is answered for', async () => {
  const demo = new Demo(150);
  await waitFor(() => (demo.block('review')?.holding.length ?? 0) > 0, {
    describe: 'the merge to wait for the person',
    timeoutMs: 40_000,
  });
  const live = readSessionInfo(demo.dir);
  expect(live?.project).toBe(homePaths(demo.home).demo);
  expect(isSessionLive(live)).toBe(true);
  raiseFlag(demo.dir, { kind: 'release', block: demo.block('review')?.id ?? '' });
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
  const atWork = (): number => [...(demo.state?.workers.values() ?? [])].filter((w) => w.pid !== undefined).length;
  await waitFor(() => atWork() === 3, { describe: 'three workers', timeoutMs: 30_000 });
  demo.child.kill('SIGTERM');
  await demo.ended;
  expect(demo.output).toContain('The demo was ended.');
  expect(demo.state?.conductor.state).toBe('ended');
  await waitFor(() => [...(demo.state?.workers.values() ?? [])].every((w) => w.state === 'aborted'), {
    describe: 'its workers to be aborted',
    timeoutMs: 20_000,
  });
});
