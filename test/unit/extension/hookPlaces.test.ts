import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { applyInstall, planInstall } from '../../../src/core/install/installer.ts';
import { hookState, installedPlaces, placeOptions, type HookSurroundings } from '../../../src/extension/hookPlaces.ts';
import { removeTempDirs, tempDir } from '../../lib/tempDir.ts';

afterAll(removeTempDirs);

function surroundings(): HookSurroundings {
  const userHome = tempDir();
  mkdirSync(join(userHome, '.fermata', 'hooks'), { recursive: true });
  return { home: join(userHome, '.fermata'), folders: [tempDir()], userHome, claudeConfigDir: undefined };
}

function install(around: HookSurroundings, scope: 'user' | 'local'): void {
  const plan = planInstall({
    ...placeOptions({ scope, ...(scope === 'local' ? { projectDir: around.folders[0] } : {}) }, around),
    permissions: true,
  });
  if (!plan.ok) throw new Error(plan.problem.message);
  applyInstall(plan);
}

function installPrograms({ home }: HookSurroundings): void {
  for (const name of ['hooks/gate.sh', 'hooks/hook.cjs']) writeFileSync(join(home, name), '');
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
}

test('without entries hooks are missing', () => {
  expect(hookState(surroundings())).toEqual({ state: 'missing' });
});

test.each(['user', 'local'] as const)('entries in the %s settings with their programs are an installation', (scope) => {
  const around = surroundings();
  install(around, scope);
  installPrograms(around);
  expect(hookState(around)).toEqual({ state: 'installed' });
  expect(installedPlaces(around).map((place) => place.scope)).toEqual([scope]);
});

test('entries whose programs or whose Node are gone are broken', () => {
  const around = surroundings();
  install(around, 'user');
  expect(hookState(around)).toMatchObject({ state: 'broken', detail: expect.stringContaining('gate.sh') as string });
  installPrograms(around);
  writeFileSync(join(around.home, 'runtime'), '/nowhere/node\n');
  expect(hookState(around)).toMatchObject({
    state: 'broken',
    detail: expect.stringContaining('/nowhere/node') as string,
  });
});

test('a folder that Claude Code was told not to trust is named', () => {
  const around = surroundings();
  install(around, 'user');
  installPrograms(around);
  const [folder = ''] = around.folders;
  writeFileSync(
    join(around.userHome, '.claude.json'),
    JSON.stringify({ projects: { [folder]: { hasTrustDialogAccepted: false } } }),
  );
  expect(hookState(around)).toEqual({ state: 'untrusted', detail: folder });
});
