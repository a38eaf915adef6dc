import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  disconnect,
  installRuntime,
  missingPrograms,
  PROGRAMS,
  recordedRuntime,
  windowsRuntime,
} from '#core/install/runtimeFiles.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
let options: Parameters<typeof installRuntime>[0];

beforeEach(() => {
  root = tempDir();
  home = join(root, 'a home');
  const distDir = join(root, 'dist');
  mkdirSync(join(distDir, 'hooks', 'clients'), { recursive: true });
  for (const { built } of PROGRAMS) writeFileSync(join(distDir, built), `// ${built}`);
  writeFileSync(
    join(distDir, 'fermata.cjs'),
    'console.log(JSON.stringify([process.argv.slice(2), process.env.NODE_OPTIONS ?? null]))',
  );
  options = { home, distDir, nodePath: process.execPath, version: '1.2.3' };
});

describe('the programs in the home', () => {
  test('are all there, for the owner alone, the gate executable', () => {
    expect(installRuntime(options)).toMatchObject({ ok: true });
    const there = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(there.map((entry) => relative(home, join(entry.parentPath, entry.name))).toSorted()).toEqual(
      [
        ...PROGRAMS.map(({ installed }) => installed),
        'bin/claude-code-hook',
        'bin/fermata',
        'runtime',
        'version',
      ].toSorted(),
    );
    for (const dir of [home, join(home, 'cache')]) expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(join(home, 'hooks', 'gate.sh')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(home, 'runtime'), 'utf8')).toBe(`${process.execPath}\n`);
    expect(readFileSync(join(home, 'version'), 'utf8')).toBe('1.2.3\n');
  });

  test('are harmless for entries that remain once the home is disconnected, and can be put in place again', () => {
    installRuntime(options);
    writeFileSync(join(home, 'fail-closed'), '');
    const before = readdirSync(home).toSorted();
    disconnect(home);
    expect(before.filter((name) => !readdirSync(home).includes(name))).toEqual(['fail-closed', 'runtime', 'version']);
    expect(existsSync(join(home, 'hooks', 'hook.cjs'))).toBe(false);
    expect(existsSync(join(home, 'hooks', 'gate.sh'))).toBe(true);
    expect(recordedRuntime(home)).toBeUndefined();
    // once more changes nothing
    disconnect(home);
    expect(installRuntime(options)).toMatchObject({ ok: true });
    expect(missingPrograms(home)).toEqual([]);
  });

  test('run by what was recorded: Node itself, or an editor’s program that is made Node', () => {
    installRuntime(options);
    expect(recordedRuntime(home)).toEqual({ node: process.execPath, env: {} });
    writeFileSync(join(home, 'runtime'), `${process.execPath}\nelectron\n`);
    expect(recordedRuntime(home)).toEqual({ node: process.execPath, env: { ELECTRON_RUN_AS_NODE: '1' } });
    writeFileSync(join(home, 'runtime'), '');
    expect(recordedRuntime(home)).toBeUndefined();
    expect(missingPrograms(join(root, 'nowhere'))).toContain(join(root, 'nowhere', 'runtime'));
  });

  test('are in a home that is closed to others, though an earlier one was open', () => {
    mkdirSync(home, { mode: 0o755 });
    expect(installRuntime(options)).toMatchObject({ ok: true });
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  test('on Windows have launchers beside those for a shell', () => {
    expect(installRuntime({ ...options, platform: 'win32' })).toMatchObject({ ok: true });
    for (const name of ['bin/fermata.cmd', 'bin/claude-code-hook.cmd', 'hooks/gate.cmd'])
      expect(readFileSync(join(home, name), 'utf8')).toContain(`"${process.execPath}"`);
    expect(windowsRuntime(home, 'win32')).toEqual({ windowsNode: process.execPath, electron: false });
    expect(windowsRuntime(home, 'linux')).toEqual({});
  });

  test('are written again only where they differ', () => {
    installRuntime(options);
    expect(installRuntime(options)).toEqual({ ok: true, written: [] });
    writeFileSync(join(home, 'hooks', 'hook.cjs'), '// hoox');
    chmodSync(join(home, 'hooks', 'gate.sh'), 0o644);
    expect(installRuntime({ ...options, electron: true })).toEqual({
      ok: true,
      written: ['runtime', 'hooks/hook.cjs', 'hooks/gate.sh'],
    });
    expect(readFileSync(join(home, 'runtime'), 'utf8')).toBe(`${process.execPath}\nelectron\n`);
  });

  test('never go where a link leads', () => {
    installRuntime(options);
    const outside = join(root, 'outside');
    writeFileSync(outside, 'mine');
    execFileSync('rm', [join(home, 'hooks', 'hook.cjs')]);
    symlinkSync(outside, join(home, 'hooks', 'hook.cjs'));
    expect(installRuntime(options)).toEqual({ ok: true, written: ['hooks/hook.cjs'] });
    expect(readFileSync(outside, 'utf8')).toBe('mine');
    expect(lstatSync(join(home, 'hooks', 'hook.cjs')).isFile()).toBe(true);

    execFileSync('rm', ['-r', join(home, 'bin')]);
    symlinkSync(root, join(home, 'bin'));
    expect(installRuntime(options)).toMatchObject({ ok: false, message: expect.stringContaining('is a link') });
  });

  test('say what is wrong', () => {
    expect(installRuntime({ ...options, home: 'here' })).toMatchObject({ ok: false });
    expect(installRuntime({ ...options, nodePath: 'node' })).toMatchObject({ ok: false });
    expect(installRuntime({ ...options, distDir: join(root, 'none') })).toMatchObject({
      ok: false,
      message: expect.stringContaining('none'),
    });
  });

  test('run by the recorded Node, without NODE_OPTIONS, from any place and through a link', () => {
    installRuntime(options);
    const env = { PATH: '/usr/bin:/bin', NODE_OPTIONS: '--require /gone.cjs' };
    const run = (program: string, ...args: string[]): unknown =>
      JSON.parse(execFileSync(program, args, { env, cwd: '/', encoding: 'utf8' }));
    expect(run(join(home, 'bin', 'fermata'), 'status', 'a b')).toEqual([['status', 'a b'], null]);
    expect(run(join(home, 'bin', 'claude-code-hook'), '--event', 'Stop')).toEqual([['hook', '--event', 'Stop'], null]);
    symlinkSync(join(home, 'bin', 'fermata'), join(root, 'linked'));
    expect(run(join(root, 'linked'))).toEqual([[], null]);
  });
});
