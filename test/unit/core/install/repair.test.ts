import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { NodeRuntime } from '#core/install/findNode.ts';
import { applyInstall, planInstall, uninstall } from '#core/install/installer.ts';
import { installRuntime, PROGRAMS } from '#core/install/runtimeFiles.ts';
import { installMod, modFolder, modLocation, readModFolder } from '#core/install/mod/modFolder.ts';
import { otherHomes, repairInstallation, type RepairOptions } from '#core/install/repair.ts';
import { entriesAreCurrent } from '#core/install/hookLocations.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { homePaths } from '#core/base/paths.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const handWritten = '{\n\t// mine\n\t"model": "opus",\n\t"permissions": {}\n}\n';

let root: string;
let home: string;
let settings: string;
let options: RepairOptions;
let asked: number;

beforeEach(() => {
  root = tempDir();
  home = join(root, '.fermata');
  settings = join(root, '.claude', 'settings.json');
  asked = 0;
  const distDir = join(root, 'dist');
  mkdirSync(join(distDir, 'hooks', 'clients'), { recursive: true });
  for (const { built } of PROGRAMS) writeFileSync(join(distDir, built), `// ${built} 2.0.0`);
  const node: NodeRuntime = { path: process.execPath, version: process.versions.node, electron: false, from: 'path' };
  const findNode = (): Promise<NodeRuntime> => {
    asked++;
    return Promise.resolve(node);
  };
  const context = { home, folders: [join(root, 'project')], userHome: root, claudeConfigDir: undefined };
  options = { ...context, distDir, version: '2.0.0', nodePath: '', findNode, now: () => 0 };
  mkdirSync(join(root, 'project', '.claude'), { recursive: true });
});

function install(scope: 'user' | 'local' | 'project' = 'user', at = home, claude?: string): void {
  const projectDir = join(root, 'project');
  const plan = planInstall({ home: at, scope, projectDir, userHome: root, permissions: true, claude });
  if (!plan.ok) throw new Error(plan.problem.message);
  applyInstall(plan);
  installRuntime({ home: at, distDir: options.distDir, nodePath: process.execPath, version: '2.0.0' });
}

const NOTHING = { programs: false, settings: [], problems: [] };

test('where no hooks are installed nothing is done', async () => {
  expect(await repairInstallation(options)).toEqual(NOTHING);
  expect(existsSync(home)).toBe(false);
});

test('what is as it should be stays, and no Node is looked for', async () => {
  install();
  const before = readFileSync(settings, 'utf8');
  expect(await repairInstallation(options)).toEqual(NOTHING);
  expect(readFileSync(settings, 'utf8')).toBe(before);
  expect(asked).toBe(0);
});

test.each([
  ['an update', () => writeFileSync(join(home, 'version'), '1.0.0\n')],
  ['a program that is gone', () => rmSync(join(home, 'hooks', 'hook.cjs'))],
  ['a home that is gone', () => rmSync(home, { recursive: true })],
  ['a Node that is gone', () => writeFileSync(join(home, 'runtime'), '/nowhere/node\n')],
  [
    'a Node that may not be run',
    () => {
      writeFileSync(join(root, 'node'), '');
      chmodSync(join(root, 'node'), 0o644);
      writeFileSync(join(home, 'runtime'), `${join(root, 'node')}\n`);
    },
  ],
])('after %s the programs are put in place', async (_, breakIt) => {
  install();
  breakIt();
  expect(await repairInstallation(options)).toEqual({ ...NOTHING, programs: true });
  expect(readFileSync(join(home, 'runtime'), 'utf8')).toBe(`${process.execPath}\n`);
  expect(readFileSync(join(home, 'version'), 'utf8')).toBe('2.0.0\n');
  expect(existsSync(join(home, 'hooks', 'hook.cjs'))).toBe(true);
  expect(await repairInstallation(options)).toEqual(NOTHING);
});

test('another Node in the settings is recorded', async () => {
  install();
  writeFileSync(join(root, 'node'), '#!/bin/sh\n', { mode: 0o755 });
  expect(await repairInstallation({ ...options, nodePath: join(root, 'node') })).toMatchObject({ programs: true });
  expect(await repairInstallation({ ...options, nodePath: process.execPath })).toEqual(NOTHING);
});

test('entries of an older version are brought up to date, with what was agreed to then and nothing more', async () => {
  mkdirSync(join(root, '.claude'));
  writeFileSync(settings, handWritten);
  const plan = planInstall({ home, scope: 'user', userHome: root, permissions: false });
  if (plan.ok) applyInstall(plan);
  installRuntime({ home, distDir: options.distDir, nodePath: process.execPath, version: '2.0.0' });
  writeFileSync(settings, readFileSync(settings, 'utf8').replaceAll('"timeout": 20', '"timeout": 21'));
  expect(await repairInstallation(options)).toEqual({ ...NOTHING, settings: [settings] });
  const text = readFileSync(settings, 'utf8');
  expect(text).not.toContain('"timeout": 21');
  expect(text).toContain('"permissions": {}');
  expect(uninstall({ home, scope: 'user', userHome: root })).toMatchObject({ ok: true });
  expect(readFileSync(settings, 'utf8')).toBe(handWritten);
});

test('a home that has moved takes its entries and rules along, and uninstalling still gives back the file', async () => {
  mkdirSync(join(root, '.claude'));
  writeFileSync(settings, handWritten);
  install();
  const moved = join(root, 'elsewhere');
  renameSync(home, moved);
  expect(await repairInstallation({ ...options, home: moved })).toEqual({ ...NOTHING, settings: [settings] });
  const text = readFileSync(settings, 'utf8');
  expect(text).toContain(`${moved}/hooks/gate.sh`);
  expect(text).not.toContain('.fermata');
  expect(text).toContain(`Edit(/${moved}/**)`);
  expect(await repairInstallation({ ...options, home: moved })).toEqual(NOTHING);
  uninstall({ home: moved, scope: 'user', userHome: root });
  expect(readFileSync(settings, 'utf8')).toBe(handWritten);
});

/** What a window does in a container into which the settings file is mounted: it has a home of its own, and does not see that one. */
async function repairElsewhere(change: (records: string) => void): Promise<void> {
  install();
  const before = readFileSync(settings, 'utf8');
  const moved = join(root, 'elsewhere');
  renameSync(home, moved);
  const records = join(moved, 'installs');
  for (const name of readdirSync(records)) change(join(records, name));
  expect(await repairInstallation({ ...options, home: moved })).toEqual(NOTHING);
  expect(readFileSync(settings, 'utf8')).toBe(before);
}

test.each([
  ['without a record of it', (path: string) => rmSync(path)],
  ['by a record of an older version', (path: string) => rewrite(path, { home: undefined, host: undefined })],
  ['by a record that names no machine', (path: string) => rewrite(path, { host: undefined })],
  ['by a record of another machine', (path: string) => rewrite(path, { host: '0123456789abcdef/01234567' })],
  ['by a record of a container of this machine', (path: string) => rewrite(path, { host: inContainer() })],
  ['by a record of another home', (path: string) => rewrite(path, { home: join(root, 'third', '.fermata') })],
])('a home that cannot be seen, %s, is that of somebody else, and its entries stay', async (_, change) => {
  await repairElsewhere(change);
});

const inContainer = (): string => [...hostIdentity().split('/').slice(0, 2), 'pid:[7]'].join('/');

function rewrite(path: string, fields: object): void {
  writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...fields }));
}

test('a home that has moved before a restart of the machine is known', async () => {
  install();
  const moved = join(root, 'elsewhere');
  renameSync(home, moved);
  const [machine, , namespace] = hostIdentity().split('/');
  const records = join(moved, 'installs');
  for (const name of readdirSync(records))
    rewrite(join(records, name), { host: [machine, '01234567', namespace].filter(Boolean).join('/') });
  expect(await repairInstallation({ ...options, home: moved })).toMatchObject({ settings: [settings] });
});

test('a second home that is in use is left alone', async () => {
  install();
  const before = readFileSync(settings, 'utf8');
  const second = join(root, 'second');
  expect(await repairInstallation({ ...options, home: second })).toEqual(NOTHING);
  expect(readFileSync(settings, 'utf8')).toBe(before);
  expect(existsSync(second)).toBe(false);
});

test('a settings file that a project shares is left to the person', async () => {
  install('project');
  const file = join(root, 'project', '.claude', 'settings.json');
  const old = readFileSync(file, 'utf8').replaceAll('"timeout": 20', '"timeout": 21');
  writeFileSync(file, old);
  expect(await repairInstallation(options)).toEqual(NOTHING);
  expect(readFileSync(file, 'utf8')).toBe(old);
});

test('a settings file that cannot be parsed is left alone', async () => {
  install();
  writeFileSync(settings, `${readFileSync(settings, 'utf8')}}`);
  rmSync(join(home, 'hooks', 'hook.cjs'));
  expect(await repairInstallation(options)).toEqual(NOTHING);
});

test('programs that cannot be put in place are a problem in words', async () => {
  install();
  rmSync(join(options.distDir, 'fermata.cjs'));
  writeFileSync(join(home, 'version'), '1.0.0\n');
  expect(await repairInstallation(options)).toEqual({
    ...NOTHING,
    problems: [expect.stringContaining('could not be put into')],
  });
});

test('a settings file that cannot be written is a problem in words, and the others are repaired', async () => {
  install();
  install('local');
  const own = join(root, 'project', '.claude', 'settings.local.json');
  for (const path of [settings, own])
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll('"timeout": 20', '"timeout": 21'));
  // what keeps the text before cannot be written for one of them
  const backups = join(home, 'backups');
  rmSync(backups, { recursive: true, force: true });
  writeFileSync(backups, '');
  const { problems, settings: edited } = await repairInstallation(options);
  expect(edited).toEqual([]);
  expect(problems).toEqual([expect.stringContaining(settings), expect.stringContaining(own)]);
  for (const problem of problems) expect(problem).toMatch(/Nothing was changed\.$/);
  rmSync(backups);
  expect(await repairInstallation(options)).toEqual({ ...NOTHING, settings: [settings, own] });
});

describe('the plugin in Claude Code', () => {
  const place = () => modLocation({ home, userHome: root });
  const module = (version: string): string => {
    writeFileSync(join(options.distDir, 'hooks', 'register.js'), `// module of ${version}`);
    return `// module of ${version}`;
  };
  const text = (): string => readFileSync(join(modFolder(place()), 'hooks', 'register.js'), 'utf8');
  const put = (version: string, at = home): void =>
    void installMod({ ...place(), home: at, module: module(version), version });

  test('is brought up to date with the programs', async () => {
    install();
    put('1.0.0');
    module('2.0.0');
    expect(await repairInstallation(options)).toEqual(NOTHING);
    expect(text()).toContain('// module of 2.0.0');
    expect(readModFolder(place())).toMatchObject({ state: 'ours', version: '2.0.0' });
  });

  test.each<[string, () => void]>([
    ['a newer version', () => put('2.0.1')],
    ['another home', () => put('1.0.0', join(root, 'second'))],
    [
      'somebody who has changed it',
      () => {
        put('1.0.0');
        writeFileSync(join(modFolder(place()), 'hooks', 'register.js'), 'theirs');
      },
    ],
  ])('is left alone where it is of %s', async (_, begin) => {
    install();
    begin();
    const before = text();
    module('2.0.0');
    expect(await repairInstallation(options)).toEqual(NOTHING);
    expect(text()).toBe(before);
  });

  test('is not put where it was not, and stays where the build has none', async () => {
    install();
    expect(await repairInstallation(options)).toEqual(NOTHING);
    expect(existsSync(modFolder(place()))).toBe(false);
    put('1.0.0');
    const before = text();
    rmSync(join(options.distDir, 'hooks', 'register.js'));
    expect(await repairInstallation(options)).toEqual(NOTHING);
    expect(text()).toBe(before);
  });

  test('that cannot be written is a problem in words, and the entries are repaired all the same', async () => {
    install();
    put('1.0.0');
    module('2.0.0');
    writeFileSync(settings, readFileSync(settings, 'utf8').replaceAll('"timeout": 20', '"timeout": 21'));
    // Fermata writes nothing through a link
    const skills = join(root, '.claude', 'skills');
    renameSync(skills, join(root, 'dotfiles'));
    symlinkSync(join(root, 'dotfiles'), skills);
    expect(await repairInstallation(options)).toEqual({
      ...NOTHING,
      settings: [settings],
      problems: [expect.stringMatching(/skills is a link.*Nothing was changed\.$/)],
    });
  });
});

test('another home of entries is named once, and the own one never, however its path is written', () => {
  install();
  const environment = { ...options, home: join(root, 'second') };
  expect(otherHomes({ scope: 'user' }, environment)).toEqual([home]);
  expect(otherHomes({ scope: 'user' }, options)).toEqual([]);
  expect(otherHomes({ scope: 'local', projectDir: join(root, 'project') }, environment)).toEqual([]);
});

/** The keys of the entry of calls, and the events that have one. */
function entries(): { refuses: boolean; key: boolean; events: string[] } {
  const { hooks } = JSON.parse(readFileSync(settings, 'utf8')) as { hooks: Record<string, unknown> };
  const text = JSON.stringify(hooks['PreToolUse']);
  return { refuses: text.includes('"/bin/sh"'), key: text.includes('"onFailure":"block"'), events: Object.keys(hooks) };
}

test('entries follow the setting failClosed, and the Claude Code that reads them; none is made poorer for an older one', async () => {
  install('user', home, '2.1.197');
  const at = async (claude: string | undefined) => {
    const { settings: edited } = await repairInstallation({ ...options, findClaude: () => Promise.resolve(claude) });
    return { edited: edited.length > 0, ...entries(), events: entries().events.length };
  };
  expect(await at('2.1.197')).toEqual({ edited: false, refuses: false, key: false, events: 17 });
  expect(await at(undefined)).toEqual({ edited: false, refuses: false, key: false, events: 17 });
  writeFileSync(homePaths(home).failClosed, '');
  expect(await at('2.1.197')).toEqual({ edited: true, refuses: true, key: false, events: 17 });
  expect(await at('2.1.300')).toEqual({ edited: true, refuses: true, key: true, events: 17 });
  expect(await at('2.1.332')).toEqual({ edited: true, refuses: true, key: true, events: 18 });
  expect(entriesAreCurrent({ scope: 'user' }, options)).toBe(true);
  expect(await at('2.1.197')).toEqual({ edited: false, refuses: true, key: true, events: 18 });
  rmSync(homePaths(home).failClosed);
  expect(entriesAreCurrent({ scope: 'user' }, options)).toBe(false);
  expect(await at(undefined)).toEqual({ edited: true, refuses: false, key: false, events: 18 });
  expect(uninstall({ home, scope: 'user', userHome: root })).toMatchObject({ ok: true, changed: true });
  expect(existsSync(settings)).toBe(false);
});

test('what a project shares goes by no setting of one person’s', () => {
  mkdirSync(home, { recursive: true });
  writeFileSync(homePaths(home).failClosed, '');
  install('project');
  expect(readFileSync(join(root, 'project', '.claude', 'settings.json'), 'utf8')).not.toMatch(/onFailure|\/bin\/sh/);
});
