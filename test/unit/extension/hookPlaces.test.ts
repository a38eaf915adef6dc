import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { applyInstall, planInstall } from '../../../src/core/install/installer.ts';
import { installedPlaces, placeOptions, type HookSurroundings } from '../../../src/core/install/places.ts';
import { PROGRAMS } from '../../../src/core/install/programs.ts';
import { startTimeOf } from '../../../src/core/processes.ts';
import { hookState } from '../../../src/extension/hooks/hookPlaces.ts';
import { removeTempDirs, tempDir } from '../../lib/tempDir.ts';

afterAll(removeTempDirs);

function surroundings(): HookSurroundings {
  const userHome = tempDir();
  for (const name of ['hooks', 'lib', 'bin', 'clients'])
    mkdirSync(join(userHome, '.fermata', name), { recursive: true });
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
  for (const name of [...PROGRAMS.map(({ installed }) => installed), 'bin/fermata'])
    writeFileSync(join(home, name), '');
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
}

test('without entries hooks are missing', () => {
  expect(hookState(surroundings())).toEqual({ state: 'missing' });
});

test.each(['user', 'local'] as const)('entries in the %s settings with their programs are an installation', (scope) => {
  const around = surroundings();
  install(around, scope);
  installPrograms(around);
  expect(hookState(around, Date.now() + 86_400_000)).toEqual({ state: 'installed' });
  expect(installedPlaces(around).map((place) => place.scope)).toEqual([scope]);
});

test('entries whose programs or whose Node are gone are broken', () => {
  const around = surroundings();
  install(around, 'user');
  expect(hookState(around)).toMatchObject({ state: 'broken', detail: expect.stringContaining('is missing') as string });
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
  expect(hookState(around)).toMatchObject({ state: 'untrusted' });
});

test('what keeps Claude Code from running hooks is named, installed or not', () => {
  const around = surroundings();
  install(around, 'local');
  installPrograms(around);
  mkdirSync(join(around.userHome, '.claude'));
  writeFileSync(join(around.userHome, '.claude', 'settings.json'), '{"disableAllHooks": true}');
  expect(hookState(around)).toEqual({
    state: 'stopped',
    detail: expect.stringContaining('disableAllHooks') as string,
  });
});

/** Claude Code of a version runs: this very process, as far as anybody can see. */
function runs(around: HookSurroundings, version: string): void {
  const sessions = join(around.userHome, '.claude', 'sessions');
  mkdirSync(sessions, { recursive: true });
  const said = { pid: process.pid, sessionId: 's1', cwd: '/', procStart: startTimeOf(process.pid), version };
  writeFileSync(join(sessions, `${process.pid}.json`), JSON.stringify(said));
}

test('for some hours after a project got its .claude folder sessions of an older Claude Code are told to restart', () => {
  const around = surroundings();
  install(around, 'local');
  installPrograms(around);
  expect(hookState(around)).toEqual({ state: 'installed' });
  runs(around, '2.1.257');
  expect(hookState(around)).toEqual({ state: 'installed' });
  runs(around, '2.1.197');
  expect(hookState(around)).toEqual({
    state: 'installed',
    detail: expect.stringContaining('must be restarted') as string,
  });
  install(around, 'user');
  expect(hookState(around)).toEqual({ state: 'installed' });
});

test('of two folders it is enough that one has the hooks, and a worktree without them is explained', () => {
  const around = surroundings();
  install(around, 'local');
  installPrograms(around);
  const tree = tempDir();
  const [folder = ''] = around.folders;
  writeFileSync(join(tree, '.git'), `gitdir: ${folder}/.git/worktrees/tree\n`);
  expect(hookState({ ...around, folders: [folder, tree] })).toMatchObject({ state: 'installed' });
  expect(hookState({ ...around, folders: [tree] })).toEqual({
    state: 'missing',
    detail: expect.stringContaining('git worktree') as string,
  });
});
