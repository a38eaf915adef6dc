import { linkSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ignoresCase } from '#core/base/caseRule.ts';
import { matches } from '#core/policy/match/match.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A folder whose file is found under other capitals, too, as where those do not count. */
function makeIgnoring(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'known.ts'), '');
  linkSync(join(folder, 'known.ts'), join(folder, 'Known.ts'));
}

function makeDistinguishing(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'known.ts'), '');
  writeFileSync(join(folder, '2'), '');
}

// the stand-in for a folder that ignores capitals needs one that does not
describe.runIf(process.platform === 'linux')('capitals', () => {
  let root: string;
  beforeAll(() => {
    root = realpathSync.native(tempDir());
    makeIgnoring(join(root, 'any'));
    makeIgnoring(join(root, 'any/inner'));
    makeDistinguishing(join(root, 'exact'));
    makeDistinguishing(join(root, 'exact/inner'));
    mkdirSync(join(root, 'exact/empty'));
    writeFileSync(join(root, 'exact/NEW.ts'), '');
  });
  const isHeld = (pattern: string, file: string): boolean =>
    matches({ path: pattern }, { tool: 'Edit', input: { file_path: join(root, file) }, cwd: root }, root);

  test('count by the folder: tried with a name that is there, else the rule of the folder above', () => {
    for (const folder of ['any', 'any/inner', 'any/not/there'])
      expect(ignoresCase(join(root, folder)), folder).toBe(true);
    for (const folder of ['exact', 'exact/inner', 'exact/empty', 'exact/not/there', '.', '../not-there'])
      expect(ignoresCase(join(root, folder)), folder).toBe(false);
  });

  test.each([
    ['a file that is not there yet', 'new.ts', 'New.ts'],
    ['a folder that is not there yet', 'new', 'NEW/a.ts'],
    ['a file in a folder that is not there yet', 'new/a.ts', 'new/A.ts'],
    ['a folder above it', 'inner/new.ts', 'inner/New.ts'],
    ['a glob', '*.ts', 'New.TS'],
    ['a glob in a folder', 'New/**', 'new/a/b.ts'],
    ['a glob of the name', 'inner/**/new.*', 'inner/x/NEW.ts'],
    ['letters of other scripts', '\u00e9t\u00e9.ts', '\u00c9T\u00c9.ts'],
    ['a letter in two pieces', 'caf\u00e9.ts', 'Cafe\u0301.ts'],
  ])(
    'a lock on %s holds under other capitals where the folder ignores them, and only there',
    (_name, pattern, file) => {
      expect(isHeld(`any/${pattern}`, `any/${file}`)).toBe(true);
      expect(isHeld(join(root, 'any', pattern), `any/${file}`)).toBe(true);
      expect(isHeld(`exact/${pattern}`, `exact/${file}`)).toBe(false);
    },
  );

  test('other names are not held anywhere', () => {
    for (const folder of ['any', 'exact']) {
      expect(isHeld(`${folder}/new.ts`, `${folder}/News.ts`)).toBe(false);
      expect(isHeld(`${folder}/new.ts`, `${folder}/inner/New.ts`)).toBe(false);
      expect(isHeld(`${folder}/*.ts`, `${folder}/inner/New.TS`)).toBe(false);
    }
    // the folder of a difference decides, not the one of the file
    expect(isHeld('ANY/new.ts', 'any/new.ts')).toBe(false);
    expect(isHeld('ANY/**', 'any/new.ts')).toBe(false);
  });
});
