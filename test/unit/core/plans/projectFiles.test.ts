import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileGlobProblem, filesMatching } from '#core/plans/rules/projectFiles.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function project(...files: string[]): string {
  const dir = tempDir();
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    writeFileSync(join(dir, file), '');
  }
  return dir;
}

describe('files that match a glob', () => {
  const dir = project(
    'a.csv',
    'data/2.csv',
    'data/10.csv',
    'data/deep/3.csv',
    'data/x.txt',
    '.hidden/4.csv',
    'node_modules/5.csv',
  );

  it.each([
    ['*.csv', ['a.csv']],
    ['data/*.csv', ['data/2.csv', 'data/10.csv']],
    ['data/2.csv', ['data/2.csv']],
    ['**/*.csv', ['a.csv', 'data/2.csv', 'data/10.csv', 'data/deep/3.csv']],
    ['data/**', ['data/2.csv', 'data/10.csv', 'data/deep/3.csv', 'data/x.txt']],
    ['.hidden/*', ['.hidden/4.csv']],
    ['node_modules/*.csv', ['node_modules/5.csv']],
    ['nothing/*', []],
    ['../*', []],
  ])('%s', (glob, files) => {
    expect(filesMatching(dir, glob)).toEqual(files);
  });

  it('follows links to files, never to folders', () => {
    const outside = project('secret.csv');
    const own = project('real.csv');
    symlinkSync(outside, join(own, 'out'));
    symlinkSync(join(own, 'real.csv'), join(own, 'link.csv'));
    expect(filesMatching(own, '**/*.csv')).toEqual(['link.csv', 'real.csv']);
  });

  it.each(['', '/etc/*', '../x', 'a/../b', 'a//b', 'a\\b', 'C:/x', './x'])('%j is no glob inside a project', (glob) => {
    expect(fileGlobProblem(glob)).toBeDefined();
  });

  it('are no more than are found among a number of entries', () => {
    const many = project(...Array.from({ length: 30 }, (_, i) => `${i}.csv`));
    expect(filesMatching(many, '**/*.csv')).toHaveLength(30);
    expect(filesMatching(many, '**/*.csv', 10)).toHaveLength(10);
    expect(filesMatching(many, '*.txt', 10)).toEqual([]);
  });
});
