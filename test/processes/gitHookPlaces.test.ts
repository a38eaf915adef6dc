import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { folderContents } from '#test/lib/folderContents.ts';
import { GitHookStage, type Ran } from '#test/lib/gitHookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let stage: GitHookStage;
beforeEach(() => {
  stage = new GitHookStage();
  stage.repository();
  stage.session('s1');
  for (const pattern of ['git commit*', 'git merge*', 'git push*']) stage.guard('s1', pattern);
});
afterEach(() => {
  stage.close();
  removeTempDirs();
});

const HOOKS = ['pre-commit', 'pre-merge-commit', 'pre-push'];
const hooksOf = (): string => join(stage.project, '.git', 'hooks');
const install = (...args: string[]): Ran => stage.fermata('git-hooks', 'install', ...args);
const uninstall = (...args: string[]): Ran => stage.fermata('git-hooks', 'uninstall', ...args);
const status = (...args: string[]): Ran => stage.fermata('git-hooks', 'status', ...args);
const commit = (cwd = stage.project): Ran => stage.sh('git commit -q --allow-empty -m a', { cwd });
/** Releases all that holds. */
const release = (): Ran => stage.fermata('release-block', 'all', '--session', 's1');

/** A hook of others that leaves a sign with its arguments and what it reads. */
function hook(folder: string, name: string, text = '', { mode = 0o755, shebang = '#!/bin/sh\n' } = {}): void {
  mkdirSync(folder, { recursive: true });
  const reads = name === 'pre-push' ? 'cat >>"$SIGN"\n' : '';
  writeFileSync(join(folder, name), `${shebang}${text}echo "${name} $(basename "$0") $*" >>"$SIGN"\n${reads}`);
  chmodSync(join(folder, name), mode);
}
const signs = (): string =>
  existsSync(join(stage.root, 'sign')) ? readFileSync(join(stage.root, 'sign'), 'utf8') : '';
const withSign = (text: string, cwd = stage.project): Ran =>
  stage.sh(text, { cwd, env: { SIGN: join(stage.root, 'sign') } });

/** Installs, sees it guard and let pass, and takes it out: all is as before. */
function guardsAndGoes(folder: string, ...args: string[]): void {
  const before = folderContents(folder);
  expect(install(...args)).toMatchObject({ code: 0 });
  const installed = folderContents(folder);
  expect(JSON.parse(install(...args, '--json').out)).toMatchObject({
    changes: HOOKS.map(() => expect.not.objectContaining({ did: expect.anything() })),
  });
  expect(folderContents(folder)).toEqual(installed);
  expect(commit()).toMatchObject({ code: 1, err: expect.stringContaining('Fermata holds this') });
  expect(status(...args)).toMatchObject({ code: 0 });
  release();
  expect(withSign('git commit -q --allow-empty -m b')).toMatchObject({ code: 0 });
  expect(uninstall(...args)).toMatchObject({ code: 0 });
  expect(folderContents(folder)).toEqual(before);
}

test('a plain repository, from one of its folders', () => {
  stage.write('lib/a.ts', 'a\n');
  guardsAndGoes(hooksOf(), join(stage.project, 'lib'));
});

test('a folder of hooks that is not there is made, and goes again', () => {
  rmSync(hooksOf(), { recursive: true });
  guardsAndGoes(hooksOf());
  expect(existsSync(hooksOf())).toBe(false);
});

test('hooks of others in all three places go on, with their name, arguments, input and exit code', () => {
  stage.run(['git', 'init', '-q', '--bare', '../shop.git']);
  stage.git('remote', 'add', 'origin', '../shop.git');
  for (const name of HOOKS) hook(hooksOf(), name);
  const before = folderContents(hooksOf());
  expect(install()).toMatchObject({ code: 0 });
  expect(withSign('git push -q origin main').code).toBe(1);
  expect(withSign('git commit -q --allow-empty -m a').code).toBe(1);
  expect(signs()).toBe('');
  // something is armed still, so that the program reads the input before the other hook does
  release();
  stage.guard('s1', 'git tag*');
  expect(withSign('git commit -q --allow-empty -m a').code).toBe(0);
  expect(withSign('git push -q origin main').code).toBe(0);
  const head = stage.git('rev-parse', 'main').trim();
  expect(signs()).toBe(
    `pre-commit pre-commit \npre-push pre-push origin ../shop.git\nrefs/heads/main ${head} refs/heads/main ${'0'.repeat(40)}\n`,
  );
  // nothing to push: no line at all
  expect(withSign('git push -q origin main').code).toBe(0);
  writeFileSync(join(hooksOf(), 'pre-commit'), readFileSync(join(hooksOf(), 'pre-commit'), 'utf8') + 'exit 3\n');
  expect(commit().code).toBe(1);
  expect(uninstall()).toMatchObject({ code: 0 });
  // what others have written into it meanwhile stays
  expect(folderContents(hooksOf())).toEqual({ ...before, 'pre-commit': `${before['pre-commit'] ?? ''}exit 3\n` });
});

test('a program, a link and a file that git passes over are kept beside ours', () => {
  writeFileSync(
    join(hooksOf(), 'pre-commit'),
    '#!/usr/bin/env node\nrequire("fs").appendFileSync(process.env.SIGN, "node\\n");\n',
    { mode: 0o755 },
  );
  stage.write('tools/check.sh', '#!/bin/sh\nexit 0\n');
  symlinkSync('../../tools/check.sh', join(hooksOf(), 'pre-push'));
  hook(hooksOf(), 'pre-merge-commit', '', { mode: 0o644 });
  guardsAndGoes(hooksOf());
  expect(signs()).toBe('node\n');
});

test('core.hooksPath of the checkout: a note says that the files are seen by git', () => {
  hook(join(stage.project, '.githooks'), 'pre-commit');
  stage.git('add', '-A');
  stage.git('commit', '-q', '-m', 'hooks');
  stage.git('config', 'core.hooksPath', '.githooks');
  expect(install(join(stage.project, '.githooks')).out).toMatch(
    /note: .*\.githooks\/pre-commit.*Do not commit these changes/,
  );
  uninstall();
  guardsAndGoes(join(stage.project, '.githooks'));
  expect(stage.git('status', '--porcelain')).toBe('');
});

test('core.hooksPath beside all repositories, and one that is no folder', () => {
  const shared = join(stage.root, 'hooks');
  stage.git('config', 'core.hooksPath', shared);
  expect(install().out).toContain('every repository that uses it is guarded');
  uninstall();
  guardsAndGoes(shared);
  stage.git('config', 'core.hooksPath', '/dev/null');
  expect(install()).toMatchObject({ code: 1, err: expect.stringContaining('git runs no hooks') });
});

test('husky: its files run the hooks of the project by their names, and are written anew at times', () => {
  const own = join(stage.project, '.husky', '_');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, '.gitignore'), '*');
  const runner = 'n=$(basename "$0")\ns=$(dirname "$(dirname "$0")")/$n\n[ ! -f "$s" ] && exit 0\nsh -e "$s" "$@"\n';
  writeFileSync(join(own, 'h'), `#!/usr/bin/env sh\n${runner}`);
  const write = () =>
    HOOKS.forEach((name) =>
      writeFileSync(join(own, name), '#!/usr/bin/env sh\n. "$(dirname "$0")/h"', { mode: 0o755 }),
    );
  write();
  writeFileSync(join(stage.project, '.husky', 'pre-commit'), 'echo project >>"$SIGN"\n');
  stage.git('add', '-A');
  stage.git('commit', '-q', '-m', 'husky');
  stage.git('config', 'core.hooksPath', '.husky/_');
  expect(install().out).toContain('husky writes these files anew');
  uninstall();
  guardsAndGoes(own);
  expect(signs()).toBe('project\n');
  expect(stage.git('status', '--porcelain')).toBe('');
  install();
  write();
  const after = status();
  expect(after).toMatchObject({ code: 1, out: expect.stringContaining('was written by another program since') });
  expect(stage.fermata('doctor').out).toContain('was written by another program since');
  expect(install().code).toBe(0);
  expect(status().code).toBe(0);
});

test('lefthook: lines of ours in its file, which it writes anew', () => {
  const text =
    '#!/bin/sh\n\nif [ "$LEFTHOOK" = "0" ]; then\n  exit 0\nfi\ncall_lefthook() { echo "lefthook $*" >>"$SIGN"; }\n\ncall_lefthook run "pre-commit" "$@"\n';
  writeFileSync(join(hooksOf(), 'pre-commit'), text, { mode: 0o755 });
  expect(install().out).toContain('lefthook writes these files anew');
  uninstall();
  guardsAndGoes(hooksOf());
  expect(signs()).toBe('lefthook run pre-commit\n');
});

test('worktrees share the hooks, also from a .git that is a file', () => {
  const tree = join(stage.root, 'tree');
  stage.git('worktree', 'add', '-q', tree, '-b', 'tree');
  expect(install(tree)).toMatchObject({ code: 0, out: expect.stringContaining(hooksOf()) });
  expect(commit(tree).code).toBe(1);
  expect(commit().code).toBe(1);
  stage.sh('git checkout -q --detach', { cwd: tree });
  expect(commit(tree).code).toBe(1);
  expect(uninstall().code).toBe(0);
  expect(commit(tree).code).toBe(0);
});

test('a submodule is a repository of its own, in the project of the session', () => {
  stage.repository(join(stage.root, 'lib'));
  stage.git('submodule', 'add', '-q', join(stage.root, 'lib'), 'lib');
  const lib = join(stage.project, 'lib');
  expect(install(lib)).toMatchObject({
    code: 0,
    out: expect.stringContaining(join('.git', 'modules', 'lib', 'hooks')),
  });
  expect(commit(lib).code).toBe(1);
  expect(commit().code).toBe(0);
});

test('a bare repository: its worktrees are guarded', () => {
  const bare = join(stage.root, 'shop.git');
  stage.run(['git', 'clone', '-q', '--bare', stage.project, bare]);
  expect(install(bare)).toMatchObject({ code: 0, out: expect.stringContaining(join(bare, 'hooks')) });
  const tree = join(stage.root, 'tree');
  stage.run(['git', '-C', bare, 'worktree', 'add', '-q', tree, '-b', 'tree']);
  expect(commit(tree).code).toBe(0);
  stage.session('s2', undefined, tree);
  for (const pattern of ['git commit*', 'git push*']) stage.guard('s2', pattern);
  expect(commit(tree).code).toBe(1);
  expect(stage.run(['git', 'push', '-q', '.', 'main:copy'], { cwd: bare }).code).toBe(1);
  expect(uninstall(bare).code).toBe(0);
});

test('a detached head, a held lock of the index, and a repository without a commit', () => {
  install();
  stage.git('checkout', '-q', '--detach');
  expect(commit().code).toBe(1);
  stage.session('s2');
  stage.uncommitted('s1', 's2', ['cart.ts']);
  release();
  stage.uncommitted('s1', 's2', ['cart.ts', 'b.ts']);
  stage.write('cart.ts', 'two\n');
  stage.git('add', '-A');
  const lock = join(stage.project, '.git', 'index.lock');
  writeFileSync(lock, '');
  expect(status().code).toBe(0);
  expect(stage.fermata('git-hooks', 'run', 'pre-commit')).toMatchObject({
    code: 20,
    err: expect.stringContaining('cart.ts'),
  });
  expect(commit().code).toBe(128);
  rmSync(lock);
  const empty = join(stage.project, 'empty');
  mkdirSync(empty);
  stage.sh('git init -q && echo a >a.ts && git add -A', { cwd: empty });
  expect(install(empty).code).toBe(0);
  stage.uncommitted('s1', 's2', ['a.ts'], { root: empty });
  expect(commit(empty)).toMatchObject({ code: 1, err: expect.stringContaining('a.ts') });
});

test('no git, no repository, a folder that is gone, a folder in the place of a hook', () => {
  expect(install(stage.root)).toMatchObject({ code: 1, err: expect.stringContaining('is in no repository') });
  expect(install(join(stage.root, 'gone'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('there is no folder'),
  });
  const none = stage.run([join(stage.home, 'bin', 'fermata'), 'git-hooks', 'install'], { env: { PATH: '/nowhere' } });
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining('there is no git on PATH') });
  mkdirSync(join(hooksOf(), 'pre-push'));
  expect(install()).toMatchObject({ code: 1, err: expect.stringContaining('is neither a file nor a link') });
});

test('what another program has put in the place of ours is left alone, and what stood before is named', () => {
  writeFileSync(join(hooksOf(), 'pre-commit'), '#!/usr/bin/env node\n', { mode: 0o755 });
  install();
  hook(hooksOf(), 'pre-commit', '# another\n');
  rmSync(join(hooksOf(), 'pre-push'));
  expect(status().out).toMatch(/pre-commit was written by another program since.*before-fermata/);
  const { out } = uninstall();
  expect(out).toContain('pre-commit.before-fermata');
  expect(readFileSync(join(hooksOf(), 'pre-commit'), 'utf8')).toContain('# another');
  expect(readFileSync(join(hooksOf(), 'pre-commit.before-fermata'), 'utf8')).toBe('#!/usr/bin/env node\n');
});

test('Claude and its workers may look, but neither install nor take away', () => {
  install();
  stage.session('mine', process.pid);
  for (const action of ['install', 'uninstall']) expect(stage.fermata('git-hooks', action).code).toBe(1);
  expect(status().code).toBe(0);
});

test('a home that has moved: the lines are out of date until they are written again', () => {
  install();
  renameSync(stage.home, join(stage.root, 'other'));
  expect(commit()).toMatchObject({ code: 0, err: '' });
  const moved = (...args: string[]) => stage.run([join(stage.root, 'other', 'bin', 'fermata'), 'git-hooks', ...args]);
  expect(moved('status')).toMatchObject({ code: 1, out: expect.stringContaining('out of date') });
  expect(moved('install').code).toBe(0);
  expect(commit().code).toBe(1);
});
