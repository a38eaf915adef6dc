import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { findNode } from '#core/install/executables.ts';
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

  test('a setting that is no Node is passed over, and that is said', async () => {
    for (const setting of ['node', '/nowhere/node', program(join(root, 'x'), 'exit 3')]) {
      expect(await findNode(setting, { PATH: '' })).toMatchObject({
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
});
