import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { applyInstall, planInstall } from '#core/install/installer.ts';
import { installMod, modFolder } from '#core/install/mod/modFolder.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
let script: string;

beforeEach(() => {
  root = tempDir();
  home = join(root, '.fermata');
  installRuntime({ home, distDir: join(repoRoot, 'dist'), nodePath: process.execPath, version: '1' });
  // alone in a folder, with nothing of the extension beside it
  const { scripts } = JSON.parse(readFileSync(join(repoRoot, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const [program, file = ''] = scripts['vscode:uninstall']?.split(' ') ?? [];
  expect(program).toBe('node');
  script = join(root, 'uninstall.cjs');
  copyFileSync(join(repoRoot, file), script);
});

/** As VS Code runs it. */
function run(): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, '--type=extension-post-uninstall'],
      { env: cleanEnv(root), cwd: '/', timeout: 120_000 },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

function install(scope: 'user' | 'local' | 'project', project?: string): void {
  const plan = planInstall({ home, scope, userHome: root, permissions: true, ...(project && { projectDir: project }) });
  if (!plan.ok) throw new Error(plan.problem.message);
  applyInstall(plan);
}

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
}

test('VS Code’s uninstalling takes the hooks out of every file that they were installed in, to the byte', async () => {
  const text = '\uFEFF{\r\n\t"model": "opus"\r\n}';
  const [one, two, three] = ['one', 'two', 'three'].map((name) => join(root, name)) as [string, string, string];
  const files = [
    join(root, '.claude', 'settings.json'),
    join(one, '.claude', 'settings.local.json'),
    join(root, 'dotfiles', 'claude.json'),
  ];
  for (const file of files) write(file, text);
  mkdirSync(join(two, '.claude'), { recursive: true });
  symlinkSync(files[2] as string, join(two, '.claude', 'settings.json'));
  mkdirSync(three);
  install('user');
  install('local', one);
  install('project', two);
  install('local', three);
  for (const file of files) expect(readFileSync(file, 'utf8')).toContain('gate.sh');
  expect(await run()).toMatchObject({ code: 0, err: '' });
  for (const file of files) expect(readFileSync(file, 'utf8')).toBe(text);
  expect(existsSync(join(three, '.claude'))).toBe(false);
  expect(await run()).toEqual({ code: 0, out: '', err: '' });
});

test('VS Code’s uninstalling takes the plugin out of Claude Code, wherever it was put, but not one that others have changed', async () => {
  const module = 'export function register() {}';
  const [usual, other, changed] = ['.claude', 'other', 'changed'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  for (const config of [usual, other, changed])
    expect(installMod({ home, config, module, version: '1' })).toMatchObject({ ok: true });
  const theirs = join(modFolder({ config: changed }), 'hooks', 'register.js');
  write(theirs, 'theirs');
  const { code, out, err } = await run();
  expect(out.split('\n').filter((line) => line.startsWith('The plugin was removed'))).toHaveLength(2);
  expect([code, err]).toEqual([1, expect.stringContaining(`${theirs} was changed by somebody else`)]);
  expect([usual, other].map((config) => existsSync(config))).toEqual([false, false]);
  expect(readFileSync(theirs, 'utf8')).toBe('theirs');
});

test('hooks of the person are removed though the record of them is gone', async () => {
  install('user');
  spawnSync('rm', ['-r', join(home, 'installs')]);
  expect(await run()).toMatchObject({ code: 0 });
  expect(readFileSync(join(root, '.claude', 'settings.json'), 'utf8')).not.toContain('gate.sh');
});

test('what cannot be edited denies nothing any more, not even with failClosed', async () => {
  const project = join(root, 'one');
  mkdirSync(join(project, '.claude'), { recursive: true });
  install('local', project);
  const file = join(project, '.claude', 'settings.local.json');
  const broken = `${readFileSync(file, 'utf8')}}`;
  writeFileSync(file, broken);
  writeFileSync(homePaths(home).failClosed, '');
  const dir = sessionDir(home, 's');
  createLog(dir, 0);
  publish(dir, Date.now(), { t: 'session', session: 's', cwd: project });
  publish(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'stay' });
  const call = () =>
    spawnSync(join(home, 'hooks', 'gate.sh'), ['PreToolUse', '1'], {
      env: cleanEnv(root, { CLAUDE_CODE_SESSION_ID: 's' }),
      input: JSON.stringify({
        session_id: 's',
        hook_event_name: 'PreToolUse',
        tool_name: 'Read',
        tool_input: {},
        cwd: project,
      }),
      encoding: 'utf8',
    });
  writeFileSync(homePaths(home).settings, '{"hold.seconds": 0}');
  expect(call().stdout).toContain('deny');

  const { code, err } = await run();
  expect(code).toBe(1);
  expect(err).toContain(file);
  expect(readFileSync(file, 'utf8')).toBe(broken);
  expect(call()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(existsSync(join(dir, 'events.jsonl'))).toBe(true);
});

test('an entry that refuses and cannot be taken out refuses nothing any more', async () => {
  writeFileSync(homePaths(home).failClosed, '');
  install('user');
  const file = join(root, '.claude', 'settings.json');
  const { hooks } = JSON.parse(readFileSync(file, 'utf8')) as {
    hooks: Record<string, [{ hooks: [{ command: string; args: string[]; onFailure?: string }] }]>;
  };
  const entry = hooks['PreToolUse']?.[0].hooks[0];
  expect(entry?.onFailure).toBe('block');
  writeFileSync(file, `${readFileSync(file, 'utf8')}}`);
  const call = () =>
    spawnSync(entry?.command ?? '', entry?.args, { env: cleanEnv(root), input: '{}', encoding: 'utf8' });
  renameSync(join(home, 'hooks', 'gate.sh'), join(home, 'gate.away'));
  expect(call()).toMatchObject({ status: 2 });
  expect(await run()).toMatchObject({ code: 1 });
  expect(call()).toMatchObject({ status: 0, stdout: '' });
});

test('where Fermata never was nothing is made', async () => {
  spawnSync('rm', ['-r', home]);
  expect(await run()).toEqual({ code: 0, out: '', err: '' });
  expect(existsSync(home)).toBe(false);
  expect(existsSync(join(root, '.claude'))).toBe(false);
});
