import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { readModFacts } from '#core/install/mod/modFacts.ts';
import {
  installMod,
  isModCurrent,
  modFolder,
  modLocation,
  readModFolder,
  removeMod,
  removeModEverywhere,
  type ModInstallOptions,
} from '#core/install/mod/modFolder.ts';
import { recordedModFolders } from '#core/install/mod/modRecord.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let build: ModInstallOptions;
let skills: string;
let folder: string;

beforeEach(() => {
  root = tempDir();
  const config = join(root, '.claude');
  build = { home: join(root, '.fermata'), config, module: 'export const register = () => {};\n', version: '1.0.0' };
  mkdirSync(build.home);
  skills = join(config, 'skills');
  folder = join(skills, 'fermata');
});

/** Everything below a folder, with the contents. */
const tree = (dir: string): [string, string][] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .map((entry): [string, string] => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, 'utf8') : ''];
    })
    .toSorted(([a], [b]) => (a < b ? -1 : 1));

test.each([
  ['without a folder of Claude Code', []],
  ['without skills', ['.claude']],
  ['beside another skill', ['.claude/skills/other']],
])('%s it is made and removed again to the byte', (_name, before) => {
  for (const dir of before) mkdirSync(join(root, dir), { recursive: true });
  const untouched = tree(root);
  expect(installMod(build)).toMatchObject({ ok: true, changed: true });
  expect(isModCurrent(build)).toBe(true);
  expect(tree(folder).filter(([, text]) => text !== '')).toHaveLength(4);
  expect(JSON.parse(readFileSync(join(folder, 'hooks', 'hooks.json'), 'utf8'))).toEqual({ modules: ['./register.js'] });
  expect(readFileSync(join(folder, 'hooks', 'register.js'), 'utf8')).toContain(JSON.stringify(build.home));
  const once = tree(root);
  expect(installMod(build)).toMatchObject({ ok: true, changed: false });
  expect(tree(root)).toEqual(once);
  expect(removeMod(build)).toMatchObject({ ok: true, changed: true });
  rmSync(join(build.home, 'installs'), { recursive: true });
  expect(tree(root)).toEqual(untouched);
  expect(removeMod(build)).toMatchObject({ ok: true, changed: false });
});

test('what Claude Code itself writes into the folder belongs to it, and goes with it', () => {
  installMod(build);
  mkdirSync(join(folder, '.claude-plugin', 'types'));
  writeFileSync(join(folder, '.claude-plugin', 'types', 'index.d.ts'), 'export {};');
  expect(readModFolder(build).state).toBe('ours');
  expect(removeMod(build).ok).toBe(true);
  expect(existsSync(join(root, '.claude'))).toBe(false);
});

test.each([
  [
    'a changed module',
    () => writeFileSync(join(folder, 'hooks', 'register.js'), 'theirs'),
    'hooks/register.js was changed',
  ],
  ['another file', () => writeFileSync(join(folder, 'SKILL.md'), 'theirs'), 'SKILL.md was changed'],
  ['a link among its files', () => symlinkSync('/etc', join(folder, 'hooks', 'more')), 'was changed'],
  ['a plugin of somebody else', () => rmSync(join(folder, 'fermata.json')), 'was not made by Fermata'],
])('%s: it is left alone and named, when it is installed and when it is removed', (_name, change, text) => {
  installMod(build);
  change();
  const before = tree(folder);
  const newer = { ...build, version: '2.0.0', module: 'newer' };
  for (const outcome of [installMod(newer), removeMod(build), ...removeModEverywhere(build)])
    expect(outcome).toMatchObject({ ok: false, message: expect.stringContaining(text) as string });
  expect(tree(folder)).toEqual(before);
});

test.each([
  ['an older one', '0.9.0'],
  ['a newer one', '2.0.0'],
])('%s of ours is replaced by an installation', (_name, version) => {
  installMod({ ...build, version, module: 'another' });
  expect(isModCurrent(build)).toBe(false);
  expect(installMod(build)).toMatchObject({ ok: true, changed: true });
  expect(isModCurrent(build)).toBe(true);
  expect(removeMod(build).ok).toBe(true);
  expect(existsSync(join(root, '.claude'))).toBe(false);
});

test('an installation that was cut off is completed by the next', () => {
  installMod(build);
  rmSync(join(folder, 'hooks', 'register.js'));
  expect(readModFolder(build)).toMatchObject({ state: 'ours', complete: false });
  expect(installMod(build).ok).toBe(true);
  expect(isModCurrent(build)).toBe(true);
});

test('where no folder can be made it is not installed, and the message names the place', () => {
  writeFileSync(join(root, '.claude'), 'theirs');
  const outcome = installMod(build);
  expect(outcome).toMatchObject({
    ok: false,
    message: expect.stringMatching(/\. The plugin is not installed\.$/) as string,
  });
  expect(outcome.message).toContain(folder);
  expect(readFileSync(join(root, '.claude'), 'utf8')).toBe('theirs');
});

test('through a link in place of the folder of skills nothing is written', () => {
  const elsewhere = join(root, 'dotfiles');
  mkdirSync(elsewhere);
  mkdirSync(join(root, '.claude'));
  symlinkSync(elsewhere, skills);
  expect(installMod(build)).toMatchObject({ ok: false, message: expect.stringContaining('is a link') as string });
  expect(readdirSync(elsewhere)).toEqual([]);
});

test.skipIf(process.getuid?.() === 0)('a folder of skills that is read-only is named', () => {
  mkdirSync(skills, { recursive: true });
  chmodSync(skills, 0o555);
  expect(installMod(build)).toMatchObject({ ok: false, message: expect.stringContaining('not installed') as string });
  chmodSync(skills, 0o755);
});

test('a file in place of the folder, or of that of skills, is named', () => {
  mkdirSync(skills, { recursive: true });
  writeFileSync(folder, 'theirs');
  for (const outcome of [installMod(build), removeMod(build)]) expect(outcome.ok).toBe(false);
  rmSync(skills, { recursive: true });
  writeFileSync(skills, 'theirs');
  expect(installMod(build)).toMatchObject({ ok: false, message: expect.stringContaining('not a folder') as string });
});

test('it is found again wherever it was put, and that of another home stays', () => {
  const other = { ...build, config: join(root, 'other') };
  installMod(build);
  installMod(other);
  expect(removeModEverywhere(build).map(({ ok }) => ok)).toEqual([true, true]);
  expect([existsSync(build.config), existsSync(other.config)]).toEqual([false, false]);
  installMod({ ...build, home: join(root, 'second') });
  expect(removeModEverywhere(build)).toEqual([]);
  expect(existsSync(folder)).toBe(true);
});

test('what a person reads names the place, and what to do', () => {
  const skillsText = `There is no plugin of Fermata in ${skills}.`;
  expect(removeMod(build)).toEqual({ ok: true, changed: false, message: skillsText });
  expect(installMod(build)).toEqual({ ok: true, changed: true, message: `The plugin is now in ${folder}.` });
  expect(installMod(build)).toEqual({ ok: true, changed: false, message: `The plugin is already in ${folder}.` });
  const second = { ...build, home: join(root, 'second') };
  expect(removeMod(second)).toEqual({
    ok: false,
    message: `${folder} belongs to the Fermata in ${build.home}. It was left alone; remove it by hand.`,
  });
  expect(removeMod(build)).toEqual({ ok: true, changed: true, message: `The plugin was removed: ${folder}` });
  mkdirSync(folder, { recursive: true });
  expect(installMod(build)).toEqual({
    ok: false,
    message: `${folder} was not made by Fermata. Move it away, then install again. Nothing was changed.`,
  });
  expect(removeMod(build)).toEqual({
    ok: false,
    message: `${folder} was not made by Fermata. It was left alone; remove it by hand.`,
  });
});

test('Claude Code reads its name, its version and what it is for', () => {
  installMod(build);
  const plugin = JSON.parse(readFileSync(join(folder, '.claude-plugin', 'plugin.json'), 'utf8')) as object;
  expect(plugin).toEqual({
    name: 'fermata',
    version: '1.0.0',
    description: 'Shows in Claude Code what Fermata holds, and lets you release it.',
  });
  // the module is given what it needs before its own text
  expect(readFileSync(join(folder, 'hooks', 'register.js'), 'utf8')).toBe(
    `const FERMATA = ${JSON.stringify({ home: build.home, version: '1.0.0', folder })};\n${build.module}`,
  );
});

test('a plugin of a home that was moved away is taken over by an installation', () => {
  installMod({ ...build, home: join(root, 'earlier') });
  expect(isModCurrent(build)).toBe(false);
  expect(installMod(build)).toMatchObject({ ok: true, changed: true });
  expect(readModFolder(build)).toMatchObject({ state: 'ours', home: build.home, complete: true });
});

test.each<[string, (manifest: Record<string, unknown>) => void]>([
  ['a manifest without a version', (manifest) => delete manifest['version']],
  ['a manifest without a home', (manifest) => delete manifest['home']],
  ['a manifest without files', (manifest) => (manifest['files'] = 7)],
])('%s is none of Fermata', (_name, change) => {
  installMod(build);
  const path = join(folder, 'fermata.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  change(manifest);
  writeFileSync(path, JSON.stringify(manifest));
  expect(readModFolder(build)).toEqual({ state: 'foreign', why: `${folder} was not made by Fermata` });
});

test('a manifest of folders that were made is believed of Claude Code’s alone: no other folder is removed', () => {
  installMod(build);
  const path = join(folder, 'fermata.json');
  const outside = join(root, 'outside');
  mkdirSync(outside);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"made": [', `"made": [7, ${JSON.stringify(outside)},`));
  expect(readModFolder(build)).toMatchObject({ made: [outside, skills, build.config] });
  expect(removeMod(build).ok).toBe(true);
  expect([existsSync(outside), existsSync(build.config)]).toEqual([true, false]);
});

test('folders that were made for it stay where others have put something into them since', () => {
  installMod(build);
  mkdirSync(join(skills, 'other'));
  expect(removeMod(build).ok).toBe(true);
  expect(readdirSync(skills)).toEqual(['other']);
});

test('what is nested too deep, or has too many files, is none of ours', () => {
  installMod(build);
  const types = join(folder, '.claude-plugin', 'types', 'a', 'b', 'c');
  mkdirSync(types, { recursive: true });
  expect(readModFolder(build).state).toBe('ours');
  mkdirSync(join(folder, 'a', 'b', 'c'), { recursive: true });
  expect(readModFolder(build)).toMatchObject({ state: 'foreign' });
  rmSync(join(folder, 'a'), { recursive: true });
  // an empty folder is nobody’s work
  mkdirSync(join(folder, 'a', 'b'), { recursive: true });
  expect(readModFolder(build).state).toBe('ours');
  for (let n = 0; n < 50; n++) mkdirSync(join(folder, `a`, `${n}`));
  expect(readModFolder(build)).toMatchObject({
    state: 'foreign',
    why: expect.stringContaining('was changed') as string,
  });
});

test('the signs of life of its sessions go with it', () => {
  installMod(build);
  const { sessions } = homePaths(build.home);
  mkdirSync(join(sessions, 's1'), { recursive: true });
  writeFileSync(join(sessions, 'file'), '');
  const { mod, log } = sessionPaths(join(sessions, 's1'));
  for (const path of [mod, log]) writeFileSync(path, '');
  removeMod(build);
  expect([existsSync(mod), existsSync(log)]).toEqual([false, true]);
});

test('where it was put is remembered for its owner alone, each folder once, and forgotten with the last', () => {
  const path = join(build.home, 'installs', 'mod.json');
  const other = { ...build, config: join(root, 'other') };
  for (const each of [build, other, { ...build, version: '1.0.1' }]) installMod(each);
  expect(recordedModFolders(build.home)).toEqual([build.config, other.config]);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  removeMod(build);
  expect(recordedModFolders(build.home)).toEqual([other.config]);
  removeMod(other);
  expect(existsSync(path)).toBe(false);
  writeFileSync(path, JSON.stringify({ folders: [7, ...Array.from({ length: 25 }, (_, n) => `/c${n}`)] }));
  expect(recordedModFolders(build.home)).toEqual(Array.from({ length: 20 }, (_, n) => `/c${n}`));
  writeFileSync(path, '{"folders": "x"}');
  expect(recordedModFolders(build.home)).toEqual([]);
});

test('a folder that it was put into and that is gone is forgotten', () => {
  installMod(build);
  rmSync(build.config, { recursive: true });
  expect(removeModEverywhere(build)).toEqual([]);
  expect(recordedModFolders(build.home)).toEqual([]);
});

test('its place is Claude Code’s folder, as configured or the usual one', () => {
  const place = (claudeConfigDir?: string) => modLocation({ home: '/h', userHome: '/u', claudeConfigDir });
  expect(place()).toEqual({ home: '/h', config: join('/u', '.claude') });
  expect(place('')).toEqual(place());
  expect(place('/elsewhere/x/')).toEqual({ home: '/h', config: '/elsewhere/x' });
  expect(modFolder(place())).toBe(join('/u', '.claude', 'skills', 'fermata'));
});

test('how many sessions run, and in how many of them it has given a sign of life, is read from both homes', () => {
  const reach = { settings: [], untrusted: false };
  expect(readModFacts(build, reach, 0)).toMatchObject({ sessions: 0, running: 0, folder: { state: 'absent' } });
  mkdirSync(join(build.config, 'sessions'), { recursive: true });
  const record = { pid: process.pid, sessionId: 's1', cwd: '/p', version: '2.1.332' };
  writeFileSync(join(build.config, 'sessions', `${process.pid}.json`), JSON.stringify(record));
  expect(readModFacts(build, reach, 0)).toMatchObject({ sessions: 1, running: 0 });
  const session = join(homePaths(build.home).sessions, 's1');
  mkdirSync(session, { recursive: true });
  writeFileSync(sessionPaths(session).mod, '1000 1.0.0 x\n');
  writeFileSync(join(build.home, 'version'), '1.0.0\n');
  expect(readModFacts(build, reach, 1_000_000)).toMatchObject({ sessions: 1, running: 1, version: '1.0.0' });
  expect(readModFacts(build, reach, 9_000_000)).toMatchObject({ sessions: 1, running: 0, config: build.config });
});

test('a copy of it under another name is no plugin of ours', () => {
  installMod(build);
  cpSync(folder, join(skills, 'copy'), { recursive: true });
  removeMod(build);
  expect(readdirSync(skills)).toEqual(['copy']);
});
