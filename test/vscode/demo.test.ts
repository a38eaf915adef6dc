import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

/** The processes that have a folder in their arguments or environment: all that the demo started. */
function processesOf(folder: string): string[] {
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .flatMap((pid) => {
      try {
        const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        return args !== '' && (args.includes(folder) || environment.includes(folder))
          ? [`${pid} ${args.slice(0, 120)}`]
          : [];
      } catch {
        return [];
      }
    });
}

/** Starts the built demo with a temporary folder of its own. */
function demo(env: Record<string, string>) {
  const scratch = tempDir('fermata-demo-');
  const child = spawn(process.execPath, [join(repoRoot, 'out/start.mjs')], {
    cwd: repoRoot,
    env: { ...process.env, TMPDIR: scratch, DISPLAY: '', WAYLAND_DISPLAY: '', FERMATA_DEMO_PATIENCE_MS: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, scratch, output: () => text, ended };
}

test('npm start opens the panel and plays to the end without a click; nothing is left behind', async () => {
  await ensureRuntimes();
  const { scratch, output, ended } = demo({
    FERMATA_DEMO_ONCE: '1',
    FERMATA_DEMO_PACE_MS: '200',
    FERMATA_DEMO_REVIEW_SECONDS: '8',
  });
  expect(await ended, output()).toBe(0);
  expect(output()).toMatch(/http:\/\/127\.0\.0\.1:\d+\//);
  expect(output()).toContain('Claude says: All done. merged 3 files');
  await waitFor(() => processesOf(scratch).length === 0, { describe: 'every process to be gone' });
  expect(readdirSync(scratch)).toEqual([]);
});

test('Ctrl-C ends everything that was started', async () => {
  const { child, scratch, output, ended } = demo({ FERMATA_DEMO_PACE_MS: '3000' });
  await waitFor(() => processesOf(scratch).some((p) => p.includes('analyze.mjs')), {
    describe: `workers at work: ${output()}`,
    timeoutMs: 150_000,
  });
  const review = (): string | undefined =>
    readdirSync(scratch, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('events.jsonl'))
      .flatMap((file) => readFileSync(join(scratch, file), 'utf8').split('\n'))
      .find((line) => line.includes('"worker":"review"'));
  await waitFor(() => review() !== undefined, { describe: 'the merge to wait for a review' });
  expect(review(), 'the person has all the time they want').not.toContain('ttlMs');
  child.kill('SIGINT');
  expect(await ended, output()).toBe(0);
  await waitFor(() => processesOf(scratch).length === 0, { describe: 'every process to be gone' }).catch(() => {
    expect(processesOf(scratch)).toEqual([]);
  });
  expect(readdirSync(scratch)).toEqual([]);
});

test('npm start -- --real prints what it would do, and does nothing without a terminal for the confirmation', async () => {
  const scratch = tempDir('fermata-demo-');
  const child = spawn(process.execPath, [join(repoRoot, 'out/start.mjs'), '--real'], {
    cwd: repoRoot,
    env: { ...process.env, TMPDIR: scratch },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
  expect(output).toContain('your own Claude Code');
  expect(output).toContain('nothing was done');
  expect(readdirSync(scratch)).toEqual([]);
});
