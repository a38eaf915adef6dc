import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { hookEntries } from '#core/install/entries.ts';
import {
  effectiveFiles,
  hookReach,
  hooksEffectiveSince,
  type Reach,
  type ReachFacts,
} from '#core/install/hookReach.ts';
import { describeHookProblem, readReachFacts } from '#core/install/reachFacts.ts';
import { managedDir, type SettingsFacts } from '#core/install/settings/settingsFacts.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let project: string;

beforeEach(() => {
  root = realpathSync(tempDir());
  project = join(root, 'project');
  mkdirSync(project);
  claude = undefined;
});

function write(path: string, value: unknown): void {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value));
}

const invalidAt = (event: string) => (text: string) =>
  text.replace(/\}\}$/, `,"${event}":[{"hooks":[{"type":"shell"}]}]}}`);

/** Settings with all of our entries, and `more`. */
const withHooks = (more: object = {}) => ({ ...more, hooks: hooks() });
const hooks = () =>
  Object.fromEntries(
    Object.entries(hookEntries({ home: join(root, '.fermata') })).map(([event, entries]) => [
      event,
      [{ hooks: entries }],
    ]),
  );

let claude: string | undefined;

function reach(startedMs?: number, projectDir = project): Reach {
  const home = join(root, '.fermata');
  const version = claude === undefined ? {} : { claude };
  const facts = readReachFacts({ projectDir, home, userHome: root, managed: join(root, 'managed'), ...version });
  return hookReach(facts, startedMs === undefined ? {} : { startedMs });
}

const USER = '.claude/settings.json';
const PROJECT = 'project/.claude/settings.json';
const LOCAL = 'project/.claude/settings.local.json';

describe('hooks reach Fermata', () => {
  test.each([USER, PROJECT, LOCAL])('from %s', (path) => {
    write(path, withHooks());
    expect(reach()).toEqual({ reached: true });
  });

  test('where a stronger scope allows again what a weaker one forbids', () => {
    write(USER, { disableAllHooks: true });
    write(LOCAL, withHooks({ disableAllHooks: false }));
    expect(reach()).toEqual({ reached: true });
  });

  test('whatever a person writes under the names that only an administrator may use', () => {
    write(USER, withHooks({ allowManagedHooksOnly: true, strictPluginOnlyCustomization: true }));
    expect(reach()).toEqual({ reached: true });
  });

  test('in a session of an older Claude Code that began after the .claude folder was made, or whose hooks are the user’s', () => {
    claude = '2.1.197';
    write(LOCAL, withHooks());
    expect(reach(Date.now() + 1000)).toEqual({ reached: true });
    write(USER, withHooks());
    expect(reach(0)).toEqual({ reached: true });
  });
});

describe('they do not, and it is said why', () => {
  const no = (reason: string, ...texts: string[]) => {
    const outcome = reach();
    expect(outcome).toMatchObject({ reached: false, reason });
    for (const text of texts) expect(JSON.stringify(outcome)).toContain(text);
  };

  test('not installed', () => no('missing', 'Install'));

  test('a neighbour’s entry is not ours', () => {
    write(USER, { hooks: { Stop: [{ hooks: [{ type: 'command', command: '/opt/other/hooks/gate.sh' }] }] } });
    no('missing');
  });

  test.each([
    ['a comment', (text: string) => `// mine\n${text}`, 'comment or trailing comma (line 1)'],
    ['a trailing comma', (text: string) => text.replace(/}$/, ',}'), 'comment or trailing comma'],
    [
      'a hook that could refuse a call and is invalid',
      invalidAt('PermissionRequest'),
      'PermissionRequest: unknown type',
    ],
    [
      'such an event that is not a list',
      (text: string) => text.replace(/"PreToolUse":\[.*?\]\}\]/, '"PreToolUse":{}'),
      'PreToolUse: not a list',
    ],
  ])('%s in the file', (_, change, text) => {
    write(LOCAL, change(JSON.stringify(withHooks())));
    no('ignored', text, LOCAL);
  });

  test('an invalid hook anywhere, where Claude Code is older than 2.1.257; a newer one passes over it', () => {
    write(LOCAL, invalidAt('PostCompact')(JSON.stringify(withHooks())));
    claude = '2.1.256';
    no('ignored', 'PostCompact: unknown type', LOCAL);
    for (claude of ['2.1.257', '2.2.0', undefined]) expect(reach()).toEqual({ reached: true });
  });

  test('a wrong onFailure before a call since 2.1.295, and an invalid hook of a newer event where that is known', () => {
    const withHook = (event: string, hook: object) => ({
      hooks: { ...withHooks().hooks, [event]: [{ hooks: [hook] }] },
    });
    const theirs = { type: 'command', command: 'true', onFailure: 'deny' };
    write(LOCAL, withHook('PermissionRequest', theirs));
    claude = '2.1.294';
    expect(reach()).toEqual({ reached: true });
    for (claude of ['2.1.295', undefined]) no('ignored', 'PermissionRequest: onFailure', LOCAL);
    write(LOCAL, withHook('PostToolUse', theirs));
    expect(reach()).toEqual({ reached: true });
    write(LOCAL, withHook('PreSkillShellCommand', { type: 'shell' }));
    for (claude of ['2.1.163', '2.1.331']) expect(reach()).toEqual({ reached: true });
    for (claude of ['2.1.332', undefined]) no('ignored', 'PreSkillShellCommand: unknown type', LOCAL);
  });

  test('switched off, in any scope', () => {
    write(USER, withHooks());
    write(PROJECT, { disableAllHooks: true });
    no('disabled', PROJECT);
    write(USER, withHooks({ disableAllHooks: false }));
    no('disabled', PROJECT);
    write(LOCAL, { disableAllHooks: false });
    expect(reach()).toEqual({ reached: true });
  });

  test.each([
    ['managed-settings.json', { allowManagedHooksOnly: true }],
    ['managed-settings.json', { disableAllHooks: true }],
    ['managed-settings.d/10-hooks.json', { strictPluginOnlyCustomization: ['hooks'] }],
  ])('by an administrator: %s %j', (name, settings) => {
    write(USER, withHooks({ disableAllHooks: true }));
    write(join('managed', name), settings);
    no('managed', name);
  });

  test('a git worktree of a project that has them', () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', project, ...args], { env: { PATH: process.env['PATH'], HOME: root } });
    git('init', '-q');
    git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
    git('worktree', 'add', '-q', join(root, 'tree'));
    write(LOCAL, withHooks());
    expect(reach()).toEqual({ reached: true });
    expect(reach(undefined, join(root, 'tree'))).toMatchObject({
      reason: 'worktree',
      text: expect.stringContaining(project),
    });
  });

  test('a session that is older than the .claude folder, where Claude Code is older than 2.1.257', () => {
    write(LOCAL, withHooks());
    claude = '2.1.197';
    expect(reach(Date.now() - 60_000)).toMatchObject({
      reason: 'startedBefore',
      todo: expect.stringContaining('Restart'),
    });
    claude = '2.1.257';
    expect(reach(Date.now() - 60_000)).toEqual({ reached: true });
  });

  test('a folder whose trust question was refused', () => {
    write(USER, withHooks());
    write('.claude.json', { projects: { [project]: { hasTrustDialogAccepted: false } } });
    no('untrusted');
  });
});

test('an administrator’s settings are where each system keeps them', () => {
  expect((['linux', 'darwin', 'win32'] as const).map((platform) => managedDir(platform))).toEqual([
    '/etc/claude-code',
    '/Library/Application Support/ClaudeCode',
    'C:\\Program Files\\ClaudeCode',
  ]);
});

describe('a person reads', () => {
  const file = (changes: Partial<SettingsFacts> = {}): SettingsFacts => ({
    scope: 'user',
    path: '/u/settings.json',
    state: 'read',
    ours: true,
    inForce: true,
    managedHooksOnly: false,
    managedModsOnly: false,
    ...changes,
  });
  const local = file({ scope: 'local', path: '/p/settings.local.json' });
  const managed = (changes: Partial<SettingsFacts>): SettingsFacts =>
    file({ scope: 'managed', path: '/m', ours: false, inForce: false, ...changes });
  const facts = (settings: SettingsFacts[], more: Partial<ReachFacts> = {}): ReachFacts => ({
    settings,
    untrusted: false,
    ...more,
  });
  const lost = file({ state: 'ignored', inForce: false, why: 'it holds a comment', fix: 'Remove it.' });

  test.each<[string, ReachFacts, string, string]>([
    [
      'that an administrator forbids other hooks, and where',
      facts([file(), managed({ managedHooksOnly: true })]),
      "An administrator's settings let only managed hooks run (/m).",
      'Ask the administrator to allow hooks, or to install Fermata’s there.',
    ],
    [
      'that hooks are switched off, and where',
      facts([file(), file({ path: '/p', disableAllHooks: true })]),
      'All hooks are switched off by "disableAllHooks" in /p.',
      'Remove it there, or set it to false.',
    ],
    [
      'why the file with the hooks is ignored',
      facts([lost]),
      'Claude Code ignores /u/settings.json, in which the hooks are: it holds a comment.',
      'Remove it.',
    ],
    [
      'why the hooks in a file are ignored that is read itself',
      facts([file({ inForce: false, why: 'each of them is invalid', fix: 'Install the hooks again.' })]),
      'Claude Code ignores the hooks in /u/settings.json: each of them is invalid.',
      'Install the hooks again.',
    ],
    [
      'of a file that is ignored for no known reason what can be done all the same',
      facts([file({ state: 'ignored', inForce: false })]),
      'Claude Code ignores /u/settings.json, in which the hooks are: it cannot be read.',
      'Correct that file.',
    ],
    [
      'in a worktree which checkout has the hooks',
      facts([], { installedInCheckout: '/repo' }),
      'This is a git worktree; the hooks are in the settings of /repo only.',
      'Install the hooks for you in every project, or in this worktree.',
    ],
    [
      'that nothing is installed',
      facts([file({ ours: false, inForce: false })]),
      'The hooks are not installed in the settings that count here.',
      'Install them.',
    ],
    [
      'that a session is older than the folder with its settings',
      facts([local], { claude: '2.1.197', claudeFolderCreatedMs: 5001 }),
      'This session started when the project had no .claude folder; Claude Code 2.1.197 does not look for one later.',
      'Restart the session, with `claude --continue` for example.',
    ],
    [
      'that the folder is not trusted',
      facts([file()], { untrusted: true }),
      'Claude Code does not trust this folder yet, and runs no hook in it.',
      'Start Claude Code there and accept its question.',
    ],
  ])('%s', (_, given, text, todo) => {
    expect(hookReach(given, { startedMs: 5000 })).toMatchObject({ reached: false, text, todo });
  });

  test.each<[string, ReachFacts]>([
    [
      'a file that an administrator wrote, and that cannot be read, forbids',
      facts([file(), managed({ state: 'ignored', managedHooksOnly: true })]),
    ],
    [
      'hooks are on where the strongest file that has an opinion allows them',
      facts([file({ disableAllHooks: true }), local, file({ path: '/o', disableAllHooks: false })]),
    ],
    ['a file that is ignored decides', facts([file(), file({ path: '/o', state: 'ignored', disableAllHooks: true })])],
    ['a second file is ignored while one has the hooks', facts([file(), { ...lost, path: '/o' }])],
    [
      'the session began in the moment when the folder was made',
      facts([local], { claude: '2.1.197', claudeFolderCreatedMs: 5000 }),
    ],
  ])('nothing where %s', (_, given) => {
    expect(hookReach(given, { startedMs: 5000 })).toEqual({ reached: true });
  });

  test('nothing of an administrator’s file with entries of ours that is ignored: it is none that a person can correct', () => {
    expect(hookReach(facts([managed({ ours: true, state: 'ignored' })]))).toMatchObject({ reason: 'missing' });
    expect(effectiveFiles(facts([managed({ ours: true, inForce: true })]))).toEqual([]);
  });

  test('since when the hooks are in force: of a project’s settings alone, and of an older Claude Code', () => {
    const since = (settings: SettingsFacts[], claude?: string): number | undefined =>
      hooksEffectiveSince(facts(settings, { claudeFolderCreatedMs: 7, ...(claude && { claude }) }));
    expect(since([local], '2.1.256')).toBe(7);
    expect(since([{ ...local, scope: 'project' }, local], '2.1.256')).toBe(7);
    expect(since([file(), local], '2.1.256')).toBeUndefined();
    expect(since([local], '2.1.257')).toBeUndefined();
    expect(since([local])).toBeUndefined();
    expect(since([], '2.1.256')).toBeUndefined();
  });
});

describe('what is read of a project', () => {
  const query = () => ({ home: join(root, '.fermata'), userHome: root, managed: join(root, 'managed') });

  test('of a session whose hooks have not reported: why, and what to do; or that they will', () => {
    expect(describeHookProblem({ ...query(), projectDir: project }, 0)).toBe(
      'The hooks are not installed in the settings that count here. Install them.',
    );
    write(USER, withHooks());
    expect(describeHookProblem({ ...query(), projectDir: project }, 0)).toBe(
      'None of its hooks has run yet; they will when it goes on.',
    );
    expect(readReachFacts(query())).toMatchObject({ untrusted: false, settings: { length: 2 } });
    expect(readReachFacts(query())).not.toHaveProperty('claudeFolderCreatedMs');
  });

  test.each<[string, string | undefined, boolean]>([
    ['a worktree of a checkout with hooks', 'gitdir: ../main/.git/worktrees/tree\n', true],
    ['one whose path is written with other lines', 'x\ngitdir:   ../main/.git/worktrees/tree  \n', true],
    ['a submodule of it', 'gitdir: ../main/.git/modules/tree\n', false],
    ['a worktree of a repository without a checkout', 'gitdir: ../main/git/worktrees/tree\n', false],
    ['a file that names no folder', 'nothing\n', false],
    ['no repository', undefined, false],
  ])('%s: the settings of the checkout count for an explanation', (_, gitFile, expected) => {
    write('main/.claude/settings.local.json', withHooks());
    if (gitFile !== undefined) write('project/.git', gitFile);
    const { installedInCheckout } = readReachFacts({ ...query(), projectDir: project });
    expect(installedInCheckout).toBe(expected ? join(root, 'main') : undefined);
  });

  test('a checkout that has the hooks of every project explains nothing', () => {
    write(USER, withHooks());
    mkdirSync(join(root, 'main'));
    write('project/.git', 'gitdir: ../main/.git/worktrees/tree\n');
    expect(readReachFacts({ ...query(), projectDir: project }).installedInCheckout).toBeUndefined();
    write('main/.claude/settings.json', withHooks());
    expect(readReachFacts({ ...query(), projectDir: project }).installedInCheckout).toBe(join(root, 'main'));
  });

  test('the trust of a folder is what Claude Code has recorded, in the folder that it is configured to use', () => {
    const untrusted = (more: object = {}): boolean =>
      readReachFacts({ ...query(), ...more, projectDir: project }).untrusted;
    expect(untrusted()).toBe(false);
    write('.claude.json', { projects: { [project]: {} } });
    expect(untrusted()).toBe(false);
    write('.claude.json', { projects: { [project]: { hasTrustDialogAccepted: true } } });
    expect(untrusted()).toBe(false);
    write('elsewhere/.claude.json', { projects: { [project]: { hasTrustDialogAccepted: false } } });
    expect(untrusted()).toBe(false);
    expect(untrusted({ claudeConfigDir: join(root, 'elsewhere') })).toBe(true);
    for (const text of ['', '[]', '{"projects": 7}', '{']) {
      write('.claude.json', text);
      expect(untrusted(), text).toBe(false);
    }
  });
});
