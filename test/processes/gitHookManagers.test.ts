import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { folderContents } from '#test/lib/folderContents.ts';
import { GitHookStage, type Ran } from '#test/lib/gitHookStage.ts';
import { ensureRuntimes, runtimeModule } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

// the real programs that people let write their hooks of git

let stage: GitHookStage;
beforeAll(ensureRuntimes, 900_000);
beforeEach(() => {
  stage = new GitHookStage();
  stage.repository();
  stage.session('s1');
  stage.guard('s1', 'git commit*');
});
afterEach(() => {
  stage.close();
  removeTempDirs();
});

const signs = (): string =>
  existsSync(join(stage.root, 'sign')) ? readFileSync(join(stage.root, 'sign'), 'utf8') : '';

/** Installs beside it, sees both run at a commit, and takes ours out to the byte. `sign`: what its own hook leaves. */
function standsBeside(manager: string, hooks: string, env: Record<string, string>, sign: string): void {
  const commit = (): Ran => stage.sh('echo more >>cart.ts; git commit -qam more', { env });
  const before = folderContents(hooks);
  const installed = stage.fermata('git-hooks', 'install');
  expect(installed).toMatchObject({ code: 0, out: expect.stringContaining(`${manager} writes these files anew`) });
  expect(commit()).toMatchObject({ code: 1, err: expect.stringContaining('Fermata holds this') });
  stage.fermata('release-block', 'all', '--session', 's1');
  expect(commit()).toMatchObject({ code: 0 });
  expect(signs()).toContain(sign);
  expect(stage.fermata('git-hooks', 'status')).toMatchObject({ code: 0 });
  expect(stage.fermata('git-hooks', 'uninstall')).toMatchObject({ code: 0 });
  expect(folderContents(hooks)).toEqual(before);
  const seen = signs();
  expect(commit()).toMatchObject({ code: 0 });
  expect(signs()).toBe(`${seen}${sign}`);
}

/** Once the program has written its files anew, that shows, and installing again guards again. */
function isWrittenAnew(write: () => void, env: Record<string, string>): void {
  stage.guard('s1', 'git commit*');
  expect(stage.fermata('git-hooks', 'install')).toMatchObject({ code: 0 });
  write();
  expect(stage.fermata('git-hooks', 'status')).toMatchObject({
    code: 1,
    out: expect.stringContaining('was written by another program since'),
  });
  expect(stage.fermata('git-hooks', 'install')).toMatchObject({ code: 0 });
  expect(stage.sh('git commit -q --allow-empty -m more', { env }).code).toBe(1);
}

test('husky: both guard a commit, and ours goes to the byte', () => {
  const env = { SIGN: join(stage.root, 'sign') };
  const husky = (): void =>
    expect(stage.run([process.execPath, join(runtimeModule('husky'), 'bin.js')])).toMatchObject({ code: 0 });
  husky();
  writeFileSync(join(stage.project, '.husky', 'pre-commit'), 'echo "project" >>"$SIGN"\n');
  stage.git('add', '-A');
  stage.git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'husky');
  standsBeside('husky', join(stage.project, '.husky', '_'), env, 'project\n');
  expect(stage.git('status', '--porcelain')).toBe('');
  isWrittenAnew(husky, env);
});

test.skipIf(process.platform !== 'linux')('lefthook: both guard a commit, and ours goes to the byte', () => {
  const program = join(runtimeModule(`lefthook-${process.platform}-${process.arch}`), 'bin', 'lefthook');
  const env = { SIGN: join(stage.root, 'sign'), LEFTHOOK_BIN: program, CI: 'true' };
  writeFileSync(
    join(stage.project, 'lefthook.yml'),
    'pre-commit:\n  commands:\n    sign:\n      run: echo project >>"$SIGN"\n',
  );
  const lefthook = (): void => expect(stage.run([program, 'install', '--force'], { env })).toMatchObject({ code: 0 });
  lefthook();
  stage.git('add', '-A');
  stage.git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '-m', 'lefthook');
  standsBeside('lefthook', join(stage.project, '.git', 'hooks'), env, 'project\n');
  isWrittenAnew(lefthook, env);
});
