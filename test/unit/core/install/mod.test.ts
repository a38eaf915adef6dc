import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  installMod,
  isModCurrent,
  readModFolder,
  removeMod,
  removeModEverywhere,
  type ModInstallOptions,
} from '#core/install/mod/modFolder.ts';
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

test('a copy of it under another name is no plugin of ours', () => {
  installMod(build);
  cpSync(folder, join(skills, 'copy'), { recursive: true });
  removeMod(build);
  expect(readdirSync(skills)).toEqual(['copy']);
});
