import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { hookEntries } from '#core/install/entries.ts';
import { hookReach, type Reach } from '#core/install/hookReach.ts';
import { readReachFacts } from '#core/install/reachFacts.ts';
import { managedDir } from '#core/install/settings/settingsFacts.ts';
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
