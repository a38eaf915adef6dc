import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { claudeVersion } from '#core/install/executables.ts';
import { hookReach } from '#core/install/hookReach.ts';
import { applyInstall, planInstall, uninstall, type InstallOptions } from '#core/install/installer.ts';
import { readReachFacts } from '#core/install/reachFacts.ts';
import { claudeProcesses } from '#core/claude/processes.ts';
import { claudeBinary, type ClaudeVersion } from '#test/lib/claudeHome.ts';
import { claudeIsAtLeast, installedClaude } from '#test/lib/claudeVersion.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { EDITABLE } from '#test/lib/settingsCorpus.ts';
import { withManagedSettings } from '#test/lib/managedSettings.ts';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

type Scope = InstallOptions['scope'];

/** A project with given settings, to which Fermata's hooks are then added in one scope. */
async function open(
  settings: Partial<Record<Scope, string>>,
  scope: Scope,
  script = () => ({ text: 'ok' }),
): Promise<string> {
  orchestra = await Orchestra.open(script);
  const { home, fermataHome, project } = orchestra;
  rmSync(join(project, '.claude', 'settings.local.json'));
  const paths: Record<Scope, string> = {
    user: join(home, '.claude', 'settings.json'),
    project: join(project, '.claude', 'settings.json'),
    local: join(project, '.claude', 'settings.local.json'),
  };
  mkdirSync(join(home, '.claude'), { recursive: true });
  for (const [name, text] of Object.entries(settings)) writeFileSync(paths[name as Scope], text);
  const plan = planInstall({ home: fermataHome, scope, projectDir: project, userHome: home, permissions: true });
  if (!plan.ok) throw new Error(plan.problem.message);
  const outcome = applyInstall(plan);
  if (!outcome.ok) throw new Error(outcome.message);
  return paths[scope];
}

/** The prediction of `hookReach`, and whether Claude Code really runs the hooks. */
async function checkHooks(
  managed?: string,
  version: ClaudeVersion = 'pinned',
): Promise<{ predicted: boolean; observed: boolean }> {
  const { home, fermataHome, project } = orchestra;
  const claude = installedClaude(version);
  const location = {
    home: fermataHome,
    userHome: home,
    projectDir: project,
    claude,
    ...(managed !== undefined && { managed }),
  };
  const { reached } = hookReach(readReachFacts(location));
  await orchestra.run('hello', { version });
  return { predicted: reached, observed: orchestra.sessions > 0 };
}

// the doctor's corpus has more of them, on more versions
const TRIED = sized(
  EDITABLE.filter((_, i) => i % 3 === 0),
  EDITABLE,
);

test.each(TRIED)('with $name Fermata’s hooks run: $read', async ({ text, read: readByAll, readSince }) => {
  await open({ project: text }, 'project');
  const read = readByAll || (readSince !== undefined && claudeIsAtLeast(readSince));
  expect(await checkHooks()).toEqual({ predicted: read, observed: read });
});

test('with entries of their own beside the shared ones a person has each event handled once', async () => {
  await open({}, 'project');
  const { home, fermataHome, project } = orchestra;
  const own = planInstall({
    home: fermataHome,
    scope: 'user',
    projectDir: project,
    userHome: home,
    permissions: false,
  });
  if (!own.ok || !applyInstall(own).ok) throw new Error('not installed');
  await orchestra.run('hello');
  const kinds = orchestra.events.map(({ t }) => t);
  expect(kinds.filter((t) => t === 'session' || t === 'prompt')).toEqual(['session', 'prompt']);
  expect(kinds.filter((t) => t === 'turn')).toHaveLength(2);
});

/** Settings that a person may write after the installation; the installer refuses all of them. */
test.each<[string, string, unknown, { before: boolean; since257: boolean }]>([
  [
    'an invalid hook where no call is refused',
    'PostToolUse',
    [{ hooks: [{ type: 'shell' }] }],
    { before: false, since257: true },
  ],
  [
    'an invalid hook that could refuse a call',
    'PreToolUse',
    [{ hooks: [{ type: 'shell' }] }],
    { before: false, since257: false },
  ],
  [
    'an invalid hook that could refuse a permission',
    'PermissionRequest',
    [{ hooks: [{ type: 'shell' }] }],
    { before: false, since257: false },
  ],
  ['an event that is not a list', 'PostToolUse', {}, { before: true, since257: true }],
  ['an event that could refuse a call and is not a list', 'PreToolUse', {}, { before: true, since257: false }],
  [
    'an event that could refuse a permission and is not a list',
    'PermissionRequest',
    {},
    { before: true, since257: false },
  ],
])('settings with %s: as predicted', async (_, event, groups, { before, since257 }) => {
  const file = await open({}, 'project');
  const settings = JSON.parse(readFileSync(file, 'utf8')) as { hooks: Record<string, unknown> };
  settings.hooks[event] = groups;
  writeFileSync(file, JSON.stringify(settings));
  const read = claudeIsAtLeast('2.1.257') ? since257 : before;
  expect(await checkHooks()).toEqual({ predicted: read, observed: read });
});

describe.each<ClaudeVersion>(['pinned', 'newest'])('on the Claude Code %s', (version) => {
  test.each<[string, string, object, string | undefined]>([
    ['a wrong onFailure where a call could be refused', 'PreToolUse', { onFailure: 'deny' }, '2.1.295'],
    ['a wrong onFailure where a permission could be refused', 'PermissionRequest', { onFailure: null }, '2.1.295'],
    ['a wrong onFailure elsewhere', 'PostToolUse', { onFailure: 'deny' }, undefined],
    ['a right onFailure', 'PreToolUse', { onFailure: 'continue' }, undefined],
    ['an invalid hook of an event that only newer versions know', 'PreSkillShellCommand', { type: 'shell' }, '2.1.332'],
  ])('settings with %s: as predicted', async (_, event, more, ignoredSince) => {
    const file = await open({}, 'project');
    const settings = JSON.parse(readFileSync(file, 'utf8')) as { hooks: Record<string, object[]> };
    const hook = { type: 'command', command: 'true', ...more };
    settings.hooks[event] = [...(settings.hooks[event] ?? []), { hooks: [hook] }];
    writeFileSync(file, JSON.stringify(settings));
    const read = ignoredSince === undefined || !claudeIsAtLeast(ignoredSince, version);
    expect(await checkHooks(undefined, version)).toEqual({ predicted: read, observed: read });
  });
});

test.each(['user', 'local'] as const)('hooks in the %s settings fire, also through a link', async (scope) => {
  const file = await open({ [scope]: '{"model": "claude-sonnet-4-5"}' }, scope);
  renameSync(file, join(orchestra.root, 'dotfile.json'));
  symlinkSync(join(orchestra.root, 'dotfile.json'), file);
  expect(await checkHooks()).toEqual({ predicted: true, observed: true });
});

test.each<[string, Partial<Record<Scope, string>>, boolean]>([
  ['hooks switched off in the project settings', { project: '{"disableAllHooks": true}' }, false],
  [
    'hooks switched off in the user settings, on again in the local ones',
    { user: '{"disableAllHooks": true}', local: '{"disableAllHooks": false}' },
    true,
  ],
  ['a key for administrators in the user settings', { user: '{"allowManagedHooksOnly": true}' }, true],
  ['a list at the top of another file', { project: '[]' }, true],
])('settings with %s: as predicted', async (_, settings, reached) => {
  await open(settings, 'local');
  expect(await checkHooks()).toEqual({ predicted: reached, observed: reached });
});

test.skipIf(!canMount()).each<[object, boolean]>([
  [{}, true],
  [{ allowManagedHooksOnly: true }, false],
  [{ disableAllHooks: true }, false],
  [{ strictPluginOnlyCustomization: ['hooks'] }, false],
  [{ strictPluginOnlyCustomization: ['skills'] }, true],
])('an administrator’s settings %j: as predicted', async (settings, reached) => {
  await open({}, 'user');
  const { managed, wrapper } = withManagedSettings(orchestra.root, claudeBinary(), settings);
  vi.stubEnv('FERMATA_TEST_CLAUDE', wrapper);
  try {
    expect(await checkHooks(managed)).toEqual({ predicted: reached, observed: reached });
  } finally {
    vi.unstubAllEnvs();
  }
});

test('after uninstalling Claude Code runs no hook of Fermata, and earlier hooks still run', async () => {
  const theirs = (name: string): object => ({
    type: 'command',
    command: `echo ${name} >>"$CLAUDE_PROJECT_DIR/theirs"`,
  });
  const before = JSON.stringify(
    { hooks: { SessionStart: [{ hooks: [theirs('start')] }], Stop: [{ hooks: [theirs('stop')] }] } },
    null,
    2,
  );
  const file = await open({ project: before }, 'project');
  const { home, fermataHome, project } = orchestra;
  expect(await checkHooks()).toEqual({ predicted: true, observed: true });
  expect(readFileSync(join(project, 'theirs'), 'utf8')).toBe('start\nstop\n');
  rmSync(join(fermataHome, 'sessions'), { recursive: true });
  expect(uninstall({ home: fermataHome, scope: 'project', projectDir: project, userHome: home }).ok).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe(before);
  expect(await checkHooks()).toEqual({ predicted: false, observed: false });
  expect(readFileSync(join(project, 'theirs'), 'utf8')).toBe('start\nstop\nstart\nstop\n');
});

test('hooks installed while a session is at work count for it; before 2.1.257 if the project had a .claude folder when it began', async () => {
  for (const hadClaudeDir of [true, false]) {
    await open({}, 'project');
    const { home, fermataHome, project } = orchestra;
    const file = join(project, '.claude', 'settings.json');
    const options = { home: fermataHome, scope: 'project', projectDir: project, userHome: home } as const;
    expect(uninstall(options).ok).toBe(true);
    if (hadClaudeDir) mkdirSync(join(project, '.claude'), { recursive: true });
    else rmSync(join(project, '.claude'), { recursive: true, force: true });
    const startedMs = Date.now();
    const claude = orchestra.live();
    await claude.ask('one');
    expect(orchestra.sessions).toBe(0);
    const plan = planInstall({ ...options, permissions: false });
    if (plan.ok) applyInstall(plan);
    expect(existsSync(file)).toBe(true);
    const counts = hadClaudeDir || claudeIsAtLeast('2.1.257');
    // nothing signals that Claude Code has read its settings again
    const asked = async (): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await claude.ask('two');
      return orchestra.sessions > 0 || !counts;
    };
    await waitFor(asked, { describe: 'the hooks to count', timeoutMs: 90_000 });
    expect(orchestra.sessions > 0).toBe(counts);
    const [running] = claudeProcesses(join(home, '.claude')) ?? [];
    const claudeOfSession = running?.version;
    expect(claudeOfSession).toBe(installedClaude());
    const location = { home: fermataHome, userHome: home, projectDir: project, claude: claudeOfSession ?? '' };
    const reach = hookReach(readReachFacts(location), { startedMs });
    expect(reach).toMatchObject(counts ? { reached: true } : { reached: false, reason: 'startedBefore' });
    await claude.end();
    await orchestra.close();
  }
});

test('the doctor understands the output of `claude --version`', async () => {
  await open({}, 'local');
  expect((await claudeVersion(claudeBinary(), orchestra.env())).version).toMatch(/^\d+\.\d+\.\d+$/);
});
