import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { applyInstall, planInstall } from '#core/install/installer.ts';
import { installedLocations, locationOptions, type InstallEnvironment } from '#core/install/hookLocations.ts';
import { installMod, modFolder, modLocation } from '#core/install/mod/modFolder.ts';
import { PROGRAMS } from '#core/install/runtimeFiles.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { hookState } from '#extension/install/hookState.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function makeContext(): InstallEnvironment {
  const userHome = tempDir();
  for (const name of ['hooks', 'lib', 'bin', 'clients'])
    mkdirSync(join(userHome, '.fermata', name), { recursive: true });
  return { home: join(userHome, '.fermata'), folders: [tempDir()], userHome, claudeConfigDir: undefined };
}

function install(context: InstallEnvironment, scope: 'user' | 'local'): void {
  const plan = planInstall({
    ...locationOptions({ scope, ...(scope === 'local' ? { projectDir: context.folders[0] } : {}) }, context),
    permissions: true,
  });
  if (!plan.ok) throw new Error(plan.problem.message);
  applyInstall(plan);
}

function installPrograms({ home }: InstallEnvironment): void {
  for (const name of [...PROGRAMS.map(({ installed }) => installed), 'bin/fermata'])
    writeFileSync(join(home, name), '');
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
}

test('without entries hooks are missing', () => {
  expect(hookState(makeContext())).toEqual({ state: 'missing' });
});

test.each(['user', 'local'] as const)('entries in the %s settings with their programs are an installation', (scope) => {
  const context = makeContext();
  install(context, scope);
  installPrograms(context);
  expect(hookState(context, Date.now() + 86_400_000)).toEqual({ state: 'installed' });
  expect(installedLocations(context).map((place) => place.scope)).toEqual([scope]);
});

test('entries whose programs or whose Node are gone are broken', () => {
  const context = makeContext();
  install(context, 'user');
  expect(hookState(context)).toMatchObject({
    state: 'broken',
    detail: expect.stringContaining('is missing') as string,
  });
  installPrograms(context);
  writeFileSync(join(context.home, 'runtime'), '/nowhere/node\n');
  expect(hookState(context)).toMatchObject({
    state: 'broken',
    detail: expect.stringContaining('/nowhere/node') as string,
  });
});

test('a folder that Claude Code was told not to trust is named', () => {
  const context = makeContext();
  install(context, 'user');
  installPrograms(context);
  const [folder = ''] = context.folders;
  writeFileSync(
    join(context.userHome, '.claude.json'),
    JSON.stringify({ projects: { [folder]: { hasTrustDialogAccepted: false } } }),
  );
  expect(hookState(context)).toMatchObject({ state: 'untrusted' });
});

test('what keeps Claude Code from running hooks is named, installed or not', () => {
  const context = makeContext();
  install(context, 'local');
  installPrograms(context);
  mkdirSync(join(context.userHome, '.claude'));
  writeFileSync(join(context.userHome, '.claude', 'settings.json'), '{"disableAllHooks": true}');
  expect(hookState(context)).toEqual({
    state: 'stopped',
    detail: expect.stringContaining('disableAllHooks') as string,
  });
});

/** Records this process as a running Claude Code of a version. */
function recordRunning(context: InstallEnvironment, version: string): void {
  const sessions = join(context.userHome, '.claude', 'sessions');
  mkdirSync(sessions, { recursive: true });
  const record = { pid: process.pid, sessionId: 's1', cwd: '/', procStart: startTimeOf(process.pid), version };
  writeFileSync(join(sessions, `${process.pid}.json`), JSON.stringify(record));
}

test('for some hours after a project got its .claude folder sessions of an older Claude Code are told to restart', () => {
  const context = makeContext();
  install(context, 'local');
  installPrograms(context);
  expect(hookState(context)).toEqual({ state: 'installed' });
  recordRunning(context, '2.1.257');
  expect(hookState(context)).toEqual({ state: 'installed' });
  recordRunning(context, '2.1.197');
  expect(hookState(context)).toEqual({
    state: 'installed',
    detail: expect.stringContaining('must be restarted') as string,
  });
  install(context, 'user');
  expect(hookState(context)).toEqual({ state: 'installed' });
});

test('of two folders it is enough that one has the hooks, and a worktree without them is explained', () => {
  const context = makeContext();
  install(context, 'local');
  installPrograms(context);
  const tree = tempDir();
  const [folder = ''] = context.folders;
  writeFileSync(join(tree, '.git'), `gitdir: ${folder}/.git/worktrees/tree\n`);
  expect(hookState({ ...context, folders: [folder, tree] })).toMatchObject({ state: 'installed' });
  expect(hookState({ ...context, folders: [tree] })).toEqual({
    state: 'missing',
    detail: expect.stringContaining('git worktree') as string,
  });
});

test('why the plugin in Claude Code does not run stands beside the state of the hooks', () => {
  const context = makeContext();
  install(context, 'user');
  installPrograms(context);
  writeFileSync(join(context.home, 'version'), '1.0.0\n');
  const later = Date.now() + 86_400_000;
  const place = modLocation(context);
  installMod({ ...place, module: 'export function register() {}', version: '1.0.0' });
  expect(hookState(context, later)).toEqual({ state: 'installed' });
  writeFileSync(join(modFolder(place), 'hooks', 'register.js'), 'theirs');
  expect(hookState(context, later)).toEqual({
    state: 'installed',
    mod: expect.stringMatching(
      /^The plugin in Claude Code does not run: .*register\.js was changed.* Move that/,
    ) as string,
  });
});
