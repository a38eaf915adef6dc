import { execFileSync, spawnSync } from 'node:child_process';
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
  installedVersion,
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
    const message = (changes: Partial<typeof options>): unknown => {
      const result = installRuntime({ ...options, ...changes });
      return result.ok ? undefined : result.message;
    };
    expect(message({ home: 'here' })).toBe('The Fermata home must be an absolute path, not here');
    for (const nodePath of ['node', '/a\n/b', '/a\r'])
      expect(message({ nodePath })).toBe(`Not an absolute path of Node: ${nodePath}`);
    writeFileSync(home, '');
    expect(message({})).toMatch(`The programs could not be put into ${home}: `);
    execFileSync('rm', [home]);
    mkdirSync(home);
    writeFileSync(join(home, 'lib'), '');
    expect(message({})).toMatch(`The programs could not be put into ${home}: `);
    execFileSync('rm', [join(home, 'lib')]);
    expect(installRuntime({ ...options, distDir: join(root, 'none') })).toMatchObject({
      ok: false,
      message: expect.stringContaining('none'),
    });
  });

  test('are where the home leads that is a link, and it stays one', () => {
    const real = join(root, 'disk');
    mkdirSync(real);
    symlinkSync(real, home);
    expect(installRuntime(options)).toMatchObject({ ok: true });
    expect(lstatSync(home).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o700);
    expect(missingPrograms(real)).toEqual([]);
  });

  test('without a Node that can be run say so, and where to look', () => {
    installRuntime(options);
    const cli = join(home, 'bin', 'fermata');
    const failure = (): unknown => {
      const { status, stderr, stdout } = spawnSync(cli, [], { env: { PATH: '/usr/bin:/bin' }, encoding: 'utf8' });
      return [status, stdout, stderr];
    };
    const text = (node: string): unknown => [
      1,
      '',
      `fermata: no Node at '${node}' (see ${home}/bin/../runtime); install the hooks again\n`,
    ];
    writeFileSync(join(home, 'runtime'), '/nowhere/node\n');
    expect(failure()).toEqual(text('/nowhere/node'));
    disconnect(home);
    expect(failure()).toEqual(text(''));
  });

  test('run by an editor’s program as by Node, and from their own folder', () => {
    installRuntime({ ...options, electron: true });
    const node = join(root, 'editor');
    writeFileSync(node, '#!/bin/sh\necho "$ELECTRON_RUN_AS_NODE" "$@"\n', { mode: 0o755 });
    writeFileSync(join(home, 'runtime'), `${node}\nelectron\n`);
    const run = (): string =>
      execFileSync('/bin/sh', ['fermata', 'x'], {
        cwd: join(home, 'bin'),
        env: { PATH: '/usr/bin:/bin' },
        encoding: 'utf8',
      });
    expect(run()).toBe('1 ../lib/fermata.cjs x\n');
    writeFileSync(join(home, 'runtime'), `${node}\n`);
    expect(run()).toBe(' ../lib/fermata.cjs x\n');
  });

  test('of a home are known by what is missing, each path by its name', () => {
    installRuntime(options);
    expect(missingPrograms(home)).toEqual([]);
    for (const name of ['bin/fermata', 'runtime', 'hooks/gate.sh']) execFileSync('rm', [join(home, name)]);
    expect(missingPrograms(home)).toEqual(['hooks/gate.sh', 'bin/fermata', 'runtime'].map((name) => join(home, name)));
    expect(installedVersion(home)).toBe('1.2.3');
    expect(installedVersion(join(root, 'nowhere'))).toBeUndefined();
  });

  test('on Windows name the Node of an editor as one', () => {
    expect(windowsRuntime(home, 'win32')).toEqual({});
    installRuntime({ ...options, platform: 'win32', electron: true });
    expect(windowsRuntime(home, 'win32')).toEqual({ windowsNode: process.execPath, electron: true });
    expect(readFileSync(join(home, 'hooks', 'gate.cmd'), 'utf8')).toContain('ELECTRON_RUN_AS_NODE=1');
    expect(readFileSync(join(home, 'bin', 'claude-code-hook.cmd'), 'utf8')).toContain('fermata.cjs" hook %*');
    expect(readFileSync(join(home, 'bin', 'fermata.cmd'), 'utf8')).toContain('fermata.cjs" %*');
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
