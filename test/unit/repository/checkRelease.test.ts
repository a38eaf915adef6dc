import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** Asks for a release of a repository with these words in its two files. */
function check(tag: string, repository: string, changelog: string) {
  const root = tempDir();
  mkdirSync(join(root, '.ci'));
  cpSync(join(repoRoot, '.ci/checkRelease.mjs'), join(root, '.ci/checkRelease.mjs'));
  const manifest = { version: '1.2.0', publisher: 'somebody', repository: { url: repository } };
  writeFileSync(join(root, 'package.json'), JSON.stringify(manifest));
  writeFileSync(join(root, 'CHANGELOG.md'), changelog);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['.ci/checkRelease.mjs', tag], { cwd: root });
  return { root, status, output: `${stdout.toString()}${stderr.toString()}` };
}

test('a release is refused while tag, changelog or placeholders do not agree, with all that is wrong', () => {
  const { status, output } = check('v1.1.0', 'https://github.com/OWNER/fermata.git', '## [Unreleased]\n');
  expect(status).toBe(1);
  expect(output.trim().split('\n')).toEqual([
    'the tag is v1.1.0, package.json says 1.2.0',
    'CHANGELOG.md has no section "## [1.2.0] - DATE"',
    'repository.url in package.json still says OWNER',
  ]);
});

test('otherwise its notes are what the changelog says of that version', () => {
  const changelog =
    '# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-01-01\n\n### Added\n\n- A thing.\n\n## [1.1.0] - 2026-12-01\n\n- Old.\n';
  const { root, status, output } = check('v1.2.0', 'https://github.com/somebody/fermata.git', changelog);
  expect({ status, output }).toEqual({ status: 0, output: 'somebody.fermata 1.2.0 may be published\n' });
  expect(readFileSync(join(root, 'out/release-notes.md'), 'utf8')).toBe('### Added\n\n- A thing.\n');
});
