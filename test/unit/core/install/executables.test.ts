import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { claudeVersion, findClaude } from '#core/install/executables.ts';
import { findNode, usualPlaces } from '#core/install/findNode.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;

beforeEach(() => {
  root = tempDir();
});

describe('finding Node', () => {
  const program = (dir: string, body: string): string => {
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, 'node'), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    return join(dir, 'node');
  };

  test('the setting goes first', async () => {
    expect(await findNode(process.execPath, { PATH: '' })).toEqual({
      path: process.execPath,
      version: process.versions.node,
      electron: false,
      from: 'setting',
    });
  });

  test('one in a usual place is taken where PATH has none', async () => {
    const dir = join(root, 'usual');
    mkdirSync(dir);
    symlinkSync(process.execPath, join(dir, 'node'));
    expect(await findNode('', { PATH: '' }, [], [dir])).toMatchObject({ path: process.execPath, from: 'path' });
    const env = { ProgramFiles: String.raw`C:\Program Files`, LOCALAPPDATA: String.raw`C:\Users\a\AppData\Local` };
    expect(usualPlaces('win32', env)).toEqual([
      String.raw`C:\Program Files\nodejs`,
      String.raw`C:\Users\a\AppData\Local\Programs\nodejs`,
    ]);
    expect(usualPlaces('darwin', {})).toContain('/opt/homebrew/bin');
  });

  test('a setting that is no Node is passed over, and that is said', async () => {
    for (const setting of ['node', '/nowhere/node', program(join(root, 'x'), 'exit 3')]) {
      expect(await findNode(setting, { PATH: '' }, [], [])).toMatchObject({
        from: 'self',
        path: process.execPath,
        note: expect.stringContaining(setting),
      });
    }
  });

  test('on PATH one that is too old is passed over, and a stand-in is asked for the binary', async () => {
    const old = program(join(root, 'old'), `echo '["/old/node","18.20.0",""]'`);
    const shim = program(join(root, 'shim'), `exec '${process.execPath}' "$@"`);
    const env = {
      PATH: ['relative', join(old, '..'), join(shim, '..')].join(':'),
      NODE_OPTIONS: '--require /gone.cjs',
    };
    expect(await findNode('', env)).toMatchObject({ path: process.execPath, from: 'path' });
  });

  test('PATH leads into no folder that is opened, and to none that depends on where one is', async () => {
    const opened = join(root, 'repo');
    const evil = program(join(opened, 'bin'), `touch '${root}/ran'; echo '["/evil","22.0.0",""]'`);
    symlinkSync(join(opened, 'bin'), join(root, 'link'));
    for (const dir of [dirname(evil), join(root, 'link'), '.', 'bin', '']) {
      const env = { PATH: dir, HOME: root };
      expect(await findNode('', env, [opened], []), dir).toMatchObject({ from: 'self' });
      expect(findClaude('', env, [opened])).toBeUndefined();
    }
    expect(existsSync(join(root, 'ran'))).toBe(false);
  });

  test("the person's own programs are found though the home is opened", () => {
    const claude = join(root, '.local', 'bin', 'claude');
    mkdirSync(dirname(claude), { recursive: true });
    writeFileSync(claude, '#!/bin/sh\n', { mode: 0o755 });
    expect(findClaude('', { PATH: '', HOME: root }, [root])).toBe(claude);
  });

  test('a program is asked in its own folder, not in the one that is opened', async () => {
    const claude = join(root, 'claude');
    writeFileSync(claude, `#!/bin/sh\npwd > '${root}/where'\necho 1.2.3\n`, { mode: 0o755 });
    expect(await claudeVersion('', { PATH: root })).toEqual({ path: claude, version: '1.2.3' });
    expect(readFileSync(join(root, 'where'), 'utf8').trim()).toBe(realpathSync(root));
  });
});
