import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { findGit } from '#core/install/executables.ts';
import {
  isOwnFile,
  isShellScript,
  ownHook,
  withBlock,
  withoutBlock,
  type GitHook,
} from '#core/install/gitHooks/hookBlock.ts';
import { isOfRepository } from '#core/install/gitHooks/hookPlace.ts';
import { hookStatus, installHook, uninstallHook, type HookChange } from '#core/install/gitHooks/hookFile.ts';
import { allGitHooks, gitHooksStatus, installGitHooks, uninstallGitHooks } from '#core/install/gitHooks/gitHooks.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let home: string;
let path: string;

beforeEach(() => {
  root = realpathSync(tempDir());
  home = join(root, '.fermata');
  path = join(root, 'pre-commit');
});

const KEPT = '.before-fermata';
const SCRIPT = '#!/bin/sh\necho theirs\n';
const PROGRAM = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]);

const install = (at = home): HookChange['did'] => installHook(root, 'pre-commit', at).did;
const remove = (): HookChange['did'] => uninstallHook(root, 'pre-commit', home).did;
const status = () => hookStatus(root, 'pre-commit', home);
const modeOf = (file: string): number => statSync(file).mode & 0o7777;
const put = (bytes: string | Buffer, mode = 0o755, file = path): void => {
  writeFileSync(file, bytes);
  chmodSync(file, mode);
};

describe('a hook of git', () => {
  test('is written where there is none, may be executed, and is gone again', () => {
    expect(status()).toEqual({ hook: 'pre-commit', path, standing: 'none' });
    expect(uninstallHook(root, 'pre-commit', home)).toEqual({ hook: 'pre-commit', path });
    expect(install()).toBe('written');
    expect(modeOf(path)).toBe(0o755);
    expect(readFileSync(path)).toEqual(ownHook('pre-commit', home, false));
    expect(status()).toEqual({ hook: 'pre-commit', path, standing: 'ours' });
    expect(installHook(root, 'pre-commit', home)).toEqual({ hook: 'pre-commit', path });
    expect(remove()).toBe('removed');
    expect(readdirSync(root)).toEqual([]);
  });

  test('that is a script of others gets our lines first, keeps its mode, and is the same again to the byte', () => {
    put(SCRIPT, 0o750);
    expect(status().standing).toBe('foreign');
    expect(remove()).toBeUndefined();
    expect(install()).toBe('inserted');
    expect(readFileSync(path, 'utf8')).toMatch(/^#!\/bin\/sh\n# >>> fermata git-hooks >>>\n[^]*<<<\necho theirs\n$/);
    expect([modeOf(path), status().standing]).toEqual([0o750, 'beside']);
    expect(install()).toBeUndefined();
    expect(remove()).toBe('cleaned');
    expect([readFileSync(path, 'utf8'), modeOf(path)]).toEqual([SCRIPT, 0o750]);
  });

  test.each<[string, () => void, () => unknown]>([
    ['is a program', () => put(PROGRAM, 0o711), () => [readFileSync(path), modeOf(path)]],
    ['may not be executed', () => put(SCRIPT, 0o644), () => [readFileSync(path, 'utf8'), modeOf(path)]],
    ['is a script of Python', () => put('#!/usr/bin/env python3\n'), () => readFileSync(path, 'utf8')],
    ['is a link', () => symlinkSync('../tools/check', path), () => readlinkSync(path)],
  ])('that %s is put aside, goes on after ours, and stands there again as it was', (_what, begin, read) => {
    begin();
    const before = read();
    expect(install()).toBe('moved');
    expect(readFileSync(path)).toEqual(ownHook('pre-commit', home, true));
    expect(modeOf(path)).toBe(0o755);
    expect(status()).toEqual({ hook: 'pre-commit', path, standing: 'ours', kept: path + KEPT });
    expect(remove()).toBe('restored');
    expect(read()).toEqual(before);
    expect(readdirSync(root)).toEqual(['pre-commit']);
  });

  test('that cannot be put aside is refused in a sentence, and everything stays', () => {
    put(PROGRAM);
    put(SCRIPT, 0o755, path + KEPT);
    expect(() => install()).toThrow(`${path} cannot have lines for a shell in it, and ${path + KEPT} is taken`);
    expect([readFileSync(path), readFileSync(path + KEPT, 'utf8')]).toEqual([PROGRAM, SCRIPT]);
    rmSync(path);
    mkdirSync(path);
    expect(status().standing).toBe('foreign');
    expect(() => install()).toThrow(`${path} is neither a file nor a link; move it away first`);
    expect(lstatSync(path).isDirectory()).toBe(true);
  });

  test('that was put aside stands where it stood when ours cannot be written', () => {
    // a name that has room for what is put aside, and none for the file that is written beside it
    const long = 'x'.repeat(239) as GitHook;
    put(PROGRAM, 0o711, join(root, long));
    expect(() => installHook(root, long, home)).toThrow('ENAMETOOLONG');
    expect(readdirSync(root)).toEqual([long]);
    expect([readFileSync(join(root, long)), modeOf(join(root, long))]).toEqual([PROGRAM, 0o711]);
  });

  test('of another home, or that may not be executed any more, is renewed where it stands', () => {
    install(join(root, 'earlier'));
    chmodSync(path, 0o750);
    expect(status().standing).toBe('stale');
    expect(install()).toBe('renewed');
    expect(modeOf(path)).toBe(0o750);
    expect(readFileSync(path)).toEqual(ownHook('pre-commit', home, false));
    chmodSync(path, 0o640);
    expect(status()).toMatchObject({ standing: 'ours', inactive: true });
    expect(install()).toBe('renewed');
    expect(modeOf(path)).toBe(0o751);
    expect(status()).not.toHaveProperty('inactive');
  });

  test('that another program has written anew is left to it, and what stood there before is named', () => {
    put(PROGRAM);
    install();
    put('#!/bin/sh\necho anew\n');
    expect(uninstallHook(root, 'pre-commit', home)).toEqual({
      hook: 'pre-commit',
      path,
      left: `${path} was written by another program since; what stood there before is ${path + KEPT}`,
    });
    expect([readFileSync(path, 'utf8'), readFileSync(path + KEPT)]).toEqual(['#!/bin/sh\necho anew\n', PROGRAM]);
    rmSync(path + KEPT);
    expect(uninstallHook(root, 'pre-commit', home)).toEqual({ hook: 'pre-commit', path });
  });

  test.each<[string, string | Buffer | undefined]>([
    ['ours alone', undefined],
    ['a script with our lines', SCRIPT],
    ['ours before a program', PROGRAM],
  ])('that the framework pre-commit has put aside, %s, has no lines of ours in it afterwards', (_, before) => {
    const moved = `${path}.legacy`;
    const theirs = (): unknown => (existsSync(moved) ? readFileSync(moved) : undefined);
    if (before !== undefined) put(before);
    for (const takeOut of [remove, () => [install(), remove()]]) {
      install();
      renameSync(path, moved);
      put('#!/usr/bin/env bash\nexec pre-commit\n');
      takeOut();
      expect(theirs()).toEqual(before === undefined ? undefined : Buffer.from(before));
      expect(readFileSync(path, 'utf8')).toBe('#!/usr/bin/env bash\nexec pre-commit\n');
      expect(existsSync(path + KEPT)).toBe(false);
      rmSync(path);
      if (before !== undefined) renameSync(moved, path);
    }
  });

  test('that is gone leaves the one before, which is given back, or which ours goes on to again', () => {
    put(PROGRAM);
    install();
    rmSync(path);
    expect(status()).toEqual({ hook: 'pre-commit', path, standing: 'none', kept: path + KEPT });
    expect(install()).toBe('written');
    expect(readFileSync(path)).toEqual(ownHook('pre-commit', home, true));
    rmSync(path);
    expect(remove()).toBe('restored');
    expect(readFileSync(path)).toEqual(PROGRAM);
  });
});

describe('the lines of ours', () => {
  test.each<[string, boolean]>([
    ['#!/bin/sh\n', true],
    ['#! /usr/bin/env bash\n', true],
    ['#!/usr/bin/env -S dash -e\n', true],
    ['#!/opt/x/ksh\r\n', true],
    ['#!sh', true],
    ['echo no first line\n', true],
    ['', true],
    ['#!/usr/bin/env node\n#!/bin/sh\n', false],
    ['#!/bin/shx\n', false],
    ['#!/bin/fish\n', false],
    ['#!\n', false],
    ['text\0', false],
  ])('may stand in %j: %s', (script, expected) => {
    expect(isShellScript(Buffer.from(script))).toBe(expected);
  });

  test('stand after the first line that names the shell, else at the beginning, and come out of each to the byte', () => {
    for (const script of ['#!/bin/sh\nexit 0\n', '#!/bin/sh', 'exit 0\n', 'exit 0', '', '#!/bin/sh\r\necho\r\n']) {
      const installed = withBlock(Buffer.from(script), 'pre-push', home);
      expect(installed.toString().startsWith(script.startsWith('#!') ? '#!/bin/sh' : '# >>> fermata')).toBe(true);
      expect(withoutBlock(installed)?.toString()).toBe(script);
      expect(withBlock(installed, 'pre-push', home)).toEqual(installed);
      expect(isOwnFile(installed)).toBe(false);
    }
  });

  test('are none where their end is missing, or where they do not begin a line', () => {
    const [begin, end] = ['# >>> fermata git-hooks >>>', '# <<< fermata git-hooks <<<'];
    for (const text of ['', begin, `${begin}\nx\n`, `${end}\n${begin}\n`, `echo ${begin}\n${end}\n`])
      expect(withoutBlock(Buffer.from(text)), text).toBeUndefined();
    expect(withoutBlock(Buffer.from(`a\n${begin}\n${end}\nb`))?.toString()).toBe('a\nb');
    expect(isOwnFile(Buffer.from(`#!/bin/sh\n${begin}\n${end}\nexit 0\n`))).toBe(false);
  });

  test('of a file of ours make it one of ours alone, until others write into it', () => {
    for (const chains of [true, false]) {
      const own = ownHook('pre-commit', home, chains);
      expect(isOwnFile(own)).toBe(true);
      expect(isOwnFile(Buffer.concat([own, Buffer.from('echo more\n')]))).toBe(false);
    }
  });
});

describe('a hook that git runs', () => {
  const REFS = 'refs/heads/a 1 refs/heads/a 2\nrefs/heads/b 3 refs/heads/b 4\n';

  /** A program in the home that ends so, and notes its arguments, its home and what it reads. */
  function program(code: number, mode = 0o755): void {
    mkdirSync(join(home, 'bin'), { recursive: true });
    const notes = `printf '%s|' "$FERMATA_HOME" "$@" >'${root}/args'; cat >'${root}/read'`;
    put(`#!/bin/sh\n${notes}\nexit ${code}\n`, mode, join(home, 'bin', 'fermata'));
    writeFileSync(join(home, 'runtime'), '/node\n');
  }
  function arm(event = 'PreToolUse'): void {
    mkdirSync(join(home, 'sessions', 's1', 'armed', event), { recursive: true });
  }
  /** Runs a hook as git does; of what it prints that is left which a hook of others would see on its standard input. */
  function run(bytes: Buffer | string, hook: GitHook = 'pre-commit', input = ''): { code: number | null; out: string } {
    put(bytes, 0o755, join(root, hook));
    const {
      status: code,
      stdout,
      stderr,
    } = spawnSync(join(root, hook), ['origin', 'a b'], { input, encoding: 'utf8', cwd: root });
    expect(stderr).toBe('');
    return { code, out: stdout };
  }
  const started = (): boolean => existsSync(join(root, 'args'));
  const own = (hook: GitHook = 'pre-commit'): Buffer => ownHook(hook, home, false);

  test.each<[string, () => void]>([
    ['no session is armed', () => program(20)],
    ['another event is armed', () => (program(20), arm('Stop'))],
    ['the home is disconnected', () => (program(20), arm(), rmSync(join(home, 'runtime')))],
    ['the program is gone', () => (program(20), arm(), rmSync(join(home, 'bin', 'fermata')))],
    ['the program may not be run', () => (program(20, 0o644), arm())],
    ['the home is gone', () => {}],
  ])('starts nothing and lets git go on where %s', (_, begin) => {
    begin();
    expect(run(own())).toEqual({ code: 0, out: '' });
    expect(started()).toBe(false);
  });

  test.each([
    [20, 1],
    [0, 0],
    [1, 0],
    [127, 0],
  ])('whose program ends with %i ends with %i', (code, expected) => {
    program(code);
    arm();
    for (const hook of ['pre-commit', 'pre-merge-commit', 'pre-push'] as const) {
      rmSync(join(root, 'args'), { force: true });
      expect(run(own(hook), hook, REFS), hook).toEqual({ code: expected, out: '' });
      expect(readFileSync(join(root, 'args'), 'utf8')).toBe(`${home}|git-hooks|run|${hook}|origin|a b|`);
      expect(readFileSync(join(root, 'read'), 'utf8')).toBe(hook === 'pre-push' ? REFS : '');
    }
  });

  test.each(['#!/bin/sh\n', '#!/bin/sh -eu\n'])(
    'lets the script of others after %j read and do what it would without ours',
    (first) => {
      const script = `${first}printf '<%s>' "$@"; cat; exit 7\n`;
      for (const input of [REFS, 'no end of a line', '', '\n\n']) {
        rmSync(home, { recursive: true, force: true });
        const installed = withBlock(Buffer.from(script), 'pre-push', home);
        const without = run(script, 'pre-push', input);
        expect(without.code).toBe(7);
        expect(run(installed, 'pre-push', input)).toEqual(without);
        program(0);
        arm();
        const { code, out } = run(installed, 'pre-push', input);
        expect(code).toBe(7);
        // git ends each line; a last one that has no end gets one
        expect(out).toBe(input === 'no end of a line' ? `<origin><a b>no end of a lin\n` : without.out);
        expect(readFileSync(join(root, 'read'), 'utf8')).toBe(input);
      }
    },
  );

  test('goes on to the one that was put aside, with what git gave it, unless something is held', () => {
    put(`#!/bin/sh\nprintf '<%s>' "$@"; exit 5\n`, 0o755, path + KEPT);
    const chained = ownHook('pre-commit', home, true);
    expect(run(chained)).toEqual({ code: 5, out: '<origin><a b>' });
    program(20);
    arm();
    expect(run(chained)).toEqual({ code: 1, out: '' });
    // one that git would have passed over is passed over
    chmodSync(path + KEPT, 0o644);
    program(0);
    expect(run(chained)).toEqual({ code: 0, out: '' });
  });

  test('finds a home whose path a shell would take apart', () => {
    home = join(root, `it's $HOME "a" b`);
    program(20);
    arm();
    expect(run(own()).code).toBe(1);
  });
});

describe('the hooks of a repository', () => {
  const git = findGit(process.env, []) ?? '';
  const shop = (): string => join(root, 'shop');
  const options = () => ({ home, git, folder: shop() });
  const hooks = (): string => join(shop(), '.git', 'hooks');
  const config = (...args: string[]): string => execFileSync(git, ['-C', shop(), ...args], { encoding: 'utf8' });

  beforeEach(() => {
    mkdirSync(home);
    execFileSync(git, ['init', '-q', '--template=', shop()]);
  });

  test('are in the folder in which git looks, which goes with them where it was made for them', async () => {
    const { root: at, hooks: folder, changes, notes } = await installGitHooks(options());
    expect([at, folder, notes]).toEqual([shop(), hooks(), []]);
    expect(changes.map(({ hook, did }) => [hook, did])).toEqual([
      ['pre-commit', 'written'],
      ['pre-merge-commit', 'written'],
      ['pre-push', 'written'],
    ]);
    expect(allGitHooks(home)).toMatchObject([{ root: shop(), hooks: hooks(), installed: true, problems: [] }]);
    // what was made for them is remembered over a second installation
    await installGitHooks(options());
    expect(modeOf(homePaths(home).gitHooks)).toBe(0o600);
    await uninstallGitHooks(options());
    expect(existsSync(hooks())).toBe(false);
    expect(allGitHooks(home)).toEqual([]);
    expect(await gitHooksStatus(options())).toMatchObject({ installed: false, problems: [] });
  });

  test('leave a folder that was there, and one into which others have put something', async () => {
    mkdirSync(hooks());
    await installGitHooks(options());
    await uninstallGitHooks(options());
    expect(readdirSync(hooks())).toEqual([]);
    rmSync(hooks(), { recursive: true });
    await installGitHooks(options());
    writeFileSync(join(hooks(), 'commit-msg'), SCRIPT);
    await uninstallGitHooks(options());
    expect(readdirSync(hooks())).toEqual(['commit-msg']);
  });

  test('leave a folder that was there, though that of another repository was made for them', async () => {
    await installGitHooks(options());
    const other = join(root, 'other');
    execFileSync(git, ['init', '-q', '--template=', other]);
    mkdirSync(join(other, '.git', 'hooks'));
    for (let times = 0; times < 2; times++) await installGitHooks({ ...options(), folder: other });
    expect(allGitHooks(home).map((each) => each.root)).toEqual([shop(), other]);
    await uninstallGitHooks({ ...options(), folder: other });
    expect(existsSync(join(other, '.git', 'hooks'))).toBe(true);
    await uninstallGitHooks(options());
    expect(existsSync(hooks())).toBe(false);
  });

  test('that guard no more are named, each with what has become of it; those of a repository that is gone are not', async () => {
    await installGitHooks(options());
    const [commit, merge, push] = ['pre-commit', 'pre-merge-commit', 'pre-push'].map((name) => join(hooks(), name));
    rmSync(commit ?? '');
    put('#!/bin/sh\n', 0o755, merge ?? '');
    chmodSync(push ?? '', 0o644);
    const { problems } = await gitHooksStatus(options());
    expect(problems).toEqual([
      `${commit} is gone`,
      `${merge} was written by another program since, and does not guard`,
      `${push} may not be executed, so git passes over it`,
    ]);
    expect(allGitHooks(home)).toMatchObject([{ problems }]);
    expect(allGitHooks(join(root, 'second'))).toEqual([]);
    const { statuses } = await gitHooksStatus({ ...options(), home: join(root, 'second') });
    expect(statuses.map(({ standing }) => standing)).toEqual(['none', 'foreign', 'stale']);
    rmSync(shop(), { recursive: true });
    expect(allGitHooks(home)).toEqual([]);
  });

  test('are named with what stood there before, and one that is too large to be read is of others', async () => {
    mkdirSync(hooks());
    put(PROGRAM, 0o755, join(hooks(), 'pre-commit'));
    await installGitHooks(options());
    rmSync(join(hooks(), 'pre-commit'));
    truncateSync(join(hooks(), 'pre-push'), 17 << 20);
    const { problems } = await gitHooksStatus(options());
    expect(problems).toEqual([
      `${join(hooks(), 'pre-commit')} is gone; what stood there before Fermata is ${join(hooks(), 'pre-commit') + KEPT}`,
      `${join(hooks(), 'pre-push')} was written by another program since, and does not guard`,
    ]);
  });

  test('that a manager of hooks has written come with its name; a record that makes no sense counts for nothing', async () => {
    mkdirSync(hooks());
    put('#!/bin/sh\nlefthook run pre-push\n', 0o755, join(hooks(), 'pre-push'));
    writeFileSync(homePaths(home).gitHooks, JSON.stringify({ folders: [7, { hooks: hooks() }, { root: shop() }] }));
    expect(allGitHooks(home)).toEqual([]);
    expect((await installGitHooks(options())).notes).toEqual([
      expect.stringMatching(/^lefthook writes these files anew when it installs itself\./),
    ]);
    expect(allGitHooks(home)).toHaveLength(1);
    writeFileSync(homePaths(home).gitHooks, '{"folders": 7}');
    expect(allGitHooks(home)).toEqual([]);
  });

  test('in the checkout itself, or shared by others, come with a sentence about that', async () => {
    config('config', 'core.hooksPath', '.husky/_');
    const [inCheckout, managed] = (await installGitHooks(options())).notes;
    expect(inCheckout).toContain(`${join(shop(), '.husky', '_', 'pre-push')}: git looks for hooks in the checkout`);
    expect(managed).toMatch(/^husky writes these files anew/);
    await uninstallGitHooks(options());
    writeFileSync(join(shop(), '.gitignore'), '.husky\n');
    expect((await installGitHooks(options())).notes).toEqual([managed]);
    await uninstallGitHooks(options());
    config('config', 'core.hooksPath', join(root, 'shared'));
    expect((await installGitHooks(options())).notes).toEqual([
      `core.hooksPath is ${join(root, 'shared')}: every repository that uses it is guarded, each by its own sessions.`,
    ]);
  });

  test('whose file is one of the repository’s is known from one that git passes over', async () => {
    const of = (name: string) => isOfRepository(git, shop(), join(shop(), name));
    for (const name of ['tracked', 'new', 'ignored', 'a*b']) writeFileSync(join(shop(), name), '');
    writeFileSync(join(shop(), '.gitignore'), 'ignored\n');
    config('add', 'tracked');
    expect([await of('tracked'), await of('new'), await of('ignored')]).toEqual(['tracked', 'untracked', undefined]);
    writeFileSync(join(shop(), 'axb'), '');
    config('add', 'axb');
    // a name is a name, and no pattern
    expect(await of('a*b')).toBe('untracked');
  });

  test('of a bare repository, of a worktree and of a folder in a checkout are those that git runs there', async () => {
    const bare = join(root, 'bare.git');
    execFileSync(git, ['init', '-q', '--bare', '--template=', bare]);
    const { hooks: inBare, root: at, notes } = await installGitHooks({ ...options(), folder: bare });
    expect([inBare, at, notes]).toEqual([join(bare, 'hooks'), bare, []]);
    config('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '--allow-empty', '-m', 'x');
    config('worktree', 'add', '-q', join(root, 'tree'));
    const inTree = await installGitHooks({ ...options(), folder: join(root, 'tree') });
    expect([inTree.hooks, inTree.root, inTree.notes]).toEqual([hooks(), join(root, 'tree'), []]);
    mkdirSync(join(shop(), 'src'));
    expect(await gitHooksStatus({ ...options(), folder: join(shop(), 'src') })).toMatchObject({
      root: shop(),
      hooks: hooks(),
    });
    config('config', 'core.hooksPath', 'hooks');
    const below = await gitHooksStatus({ ...options(), folder: join(shop(), 'src') });
    expect(below.hooks).toBe(join(shop(), 'hooks'));
  });

  test('are those of the folder, whatever repository the variables of a running git name', async () => {
    const other = join(root, 'other');
    execFileSync(git, ['init', '-q', '--template=', other]);
    const before = { ...process.env };
    Object.assign(process.env, { GIT_DIR: join(other, '.git'), GIT_WORK_TREE: other });
    try {
      expect((await gitHooksStatus(options())).root).toBe(shop());
    } finally {
      for (const name of ['GIT_DIR', 'GIT_WORK_TREE']) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });

  test('where there is no repository, no folder, or no place for hooks, a sentence says which', async () => {
    const failing = (more: object) => installGitHooks({ ...options(), ...more });
    await expect(failing({ folder: join(root, 'none') })).rejects.toThrow(`there is no folder ${join(root, 'none')}`);
    await expect(failing({ folder: root })).rejects.toThrow(`${root} is in no repository that git can use: not a git`);
    await expect(failing({ git: join(root, 'none') })).rejects.toThrow(
      `${shop()} is in no repository that git can use: spawn ${join(root, 'none')} ENOENT`,
    );
    put('#!/bin/sh\nprintf "fatal: first\\nsecond\\n" >&2; exit 1\n', 0o755, join(root, 'git'));
    await expect(failing({ git: join(root, 'git') })).rejects.toThrow(/ is in no repository that git can use: first$/);
    writeFileSync(join(root, 'file'), '');
    config('config', 'core.hooksPath', join(root, 'file'));
    await expect(failing({})).rejects.toThrow(`core.hooksPath is ${join(root, 'file')}, which is no folder`);
  });
});
