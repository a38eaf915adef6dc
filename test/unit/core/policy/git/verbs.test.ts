import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { takesOf } from '#core/policy/git/commandTakes.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
let base: Uncommitted;
beforeAll(() => {
  shop = makeShop();
  ({ base } = shop);
});
afterAll(removeTempDirs);

const taken: Shop['taken'] = (...args) => shop.taken(...args);
const withConfig = (config: Record<string, string>): Uncommitted => ({ ...base, config });
const withStatus = (status: string): Uncommitted => ({ ...base, files: [{ path: 'src/cart.ts', status }] });

/** An unstaged, a staged and an untracked file. */
const ALL = 'cart tax new';
const TRACKED = 'cart tax';

describe('git add takes', () => {
  test.each([
    ...['--update', '-p', '--patch', '-e', '--edit', '-i', '--interactive', '--renormalize', '--no-ignore-removal'].map(
      (option): [string, string] => [option, option === '--update' ? 'cart' : 'cart new'],
    ),
    ['--updat', 'cart'],
    ['--dry-run -A', ''],
    ['--refresh .', ''],
    ['--chmod=+x src', 'cart'],
    ['-A --help', ''],
    ['-A -h', ''],
    ['--pathspec-from-file=list', 'cart new ?'],
    ['-- src', 'cart'],
    ['-- -A', ''],
  ])('with %s: %s', (options, expected) => expect(taken(`git add ${options}`)).toBe(expected));
});

describe('git commit takes', () => {
  test.each([
    ['-m x', 'tax'],
    ['--all -m x', TRACKED],
    ['-p', TRACKED],
    ['--patch', TRACKED],
    ['--interactive', TRACKED],
    ['$FLAGS -m x', `${TRACKED} ?`],
    ['-o -m x', ''],
    ['--only', ''],
    ['--only src/cart.ts', 'cart'],
    ['--include src/mine.ts', 'tax'],
    ['--include src/cart.ts', TRACKED],
    ['-i $FILE', `${TRACKED} ?`],
    ['-i', 'tax'],
    ['--pathspec-from-file=list', `${TRACKED} ?`],
    ['--short', ''],
    ['--porcelain', ''],
    ['--long', ''],
    // the value of an option is no path
    ...['-m', '-F', '-C', '-c', '-t', '--message', '--file', '--author', '--date', '--template'].map(
      (option): [string, string] => [`${option} src/cart.ts`, 'tax'],
    ),
    ...['--fixup', '--squash', '--cleanup', '--trailer', '--reuse-message', '--reedit-message'].map(
      (option): [string, string] => [`${option} src/cart.ts`, 'tax'],
    ),
    ['-msrc/cart.ts', 'tax'],
    ['--message=x src/cart.ts', 'cart'],
    ['-qm x src/cart.ts', 'cart'],
  ])('with %s: %s', (options, expected) => expect(taken(`git commit ${options}`)).toBe(expected));
});

describe('what changes to another commit or branch takes', () => {
  test.each([
    ['checkout -p', TRACKED],
    ['checkout --patch src', 'cart'],
    ['checkout -f', TRACKED],
    ['checkout --force main', ALL],
    ['checkout --pathspec-from-file=list', `${ALL} ?`],
    ['checkout $BRANCH', `${ALL} ?`],
    ['checkout --conflict src main', ''],
    ['checkout -t origin/x', ALL],
    ['checkout -d main', ALL],
    ['checkout --detach main', ALL],
    ['checkout --track origin/x', ALL],
    ['checkout --orphan x', ALL],
    ['checkout -B main', ALL],
    ['checkout "src/*"', 'cart'],
    ['checkout nothing src/tax.ts', ''],
    ['checkout topic src/tax.ts', 'tax'],
    ['checkout main~3 src/tax.ts', 'tax'],
    ['checkout FETCH_HEAD src/tax.ts', 'tax'],
    ['checkout 8f3c1d0 src/tax.ts', 'tax'],
    ['switch', ''],
    ['switch -', ALL],
    ['switch -f main', ALL],
    ['switch --force main', ALL],
    ['switch --discard-changes main', ALL],
    ['switch $BRANCH', `${ALL} ?`],
    ['switch --conflict topic main', ''],
    ...['-C', '--create', '--force-create', '--orphan', '-d', '--detach', '-t', '--track'].map(
      (option): [string, string] => [`switch ${option} main`, ALL],
    ),
    ['rebase --continue', 'tax'],
    ['rebase --abort', ALL],
    ['rebase --edit-todo', ''],
    ['rebase --show-current-patch', ''],
    ['bisect start', ALL],
    ['bisect reset', ALL],
    ...['', 'log', 'view', 'visualize', 'terms', 'help'].map((verb): [string, string] => [`bisect ${verb}`, '']),
    ['symbolic-ref HEAD refs/heads/x', ALL],
    ['symbolic-ref -m why HEAD refs/heads/x', ALL],
    ['symbolic-ref HEAD', ''],
    ['symbolic-ref refs/heads/x refs/heads/y', ''],
    ['filter-branch --all', ALL],
    ['filter-repo', ALL],
  ])('git %s: %s', (command, expected) => expect(taken(`git ${command}`)).toBe(expected));

  test('the folder of a branch is no branch: a folder of the checkout that is called so is a path', () => {
    shop.git('branch', 'src/x');
    expect(taken('git checkout src')).toBe('cart');
    expect(taken('git checkout src/x')).toBe(ALL);
    shop.git('branch', '-D', 'src/x');
  });

  test('a name is a commit where git has it in its folder, or packed', () => {
    const { root, git } = shop;
    writeFileSync(join(root, '.git/CHERRY_PICK_HEAD'), git('rev-parse', 'HEAD'));
    git('tag', 'v1');
    git('update-ref', 'refs/remotes/origin/dev', 'HEAD');
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/dev');
    for (const pack of [[], ['pack-refs', '--all']]) {
      if (pack.length > 0) git(...pack);
      for (const name of ['v1', 'tags/v1', 'refs/tags/v1', 'origin/dev', 'origin', 'topic', 'CHERRY_PICK_HEAD'])
        expect([name, taken(`git checkout ${name} src/tax.ts`)]).toEqual([name, 'tax']);
      for (const name of [
        'v2',
        'dev',
        'v',
        '1',
        'NO_HEAD',
        'heads',
        'config',
        '../config',
        'main/',
        '.git',
        'main/x',
        'x'.repeat(300),
      ])
        expect([name, taken(`git checkout ${name} src/tax.ts`)]).toEqual([name, '']);
    }
  });
});

describe('what restores and removes takes', () => {
  test.each([
    ['restore', ''],
    ['restore -s HEAD~1 .', ALL],
    ['restore --source=HEAD~1 src', TRACKED],
    ['restore --source src docs', 'new'],
    ['restore -s src docs', 'new'],
    ['restore --conflict src docs', ''],
    ['restore --staged --worktree src', TRACKED],
    ['restore --pathspec-from-file=list', 'cart ?'],
    ['restore $FILE', 'cart ?'],
    ['reset main', 'tax'],
    ['reset main src/mine.ts', ''],
    ['reset src/tax.ts', 'tax'],
    ['reset nothing -- docs', ''],
    ['reset src/tax.ts -- docs', ''],
    ['reset --merge', 'tax'],
    ['reset --keep main', 'tax'],
    ['reset --hard @', TRACKED],
    ['reset --hard $COMMIT', `${ALL} ?`],
    ['reset --soft $COMMIT', `${TRACKED} ?`],
    ['reset --pathspec-from-file=list', 'tax ?'],
    ['clean -i', 'new'],
    ['clean --interactive', 'new'],
    ['clean --force', 'new'],
    ['clean --force --dry-run', ''],
    ['clean $OPTIONS', 'new ?'],
    ['clean -f -e src', 'new'],
    ['clean -f --exclude src', 'new'],
    ['clean -f src', ''],
    ['rm src/cart.ts', ''],
    ['rm -f src/cart.ts', 'cart'],
    ['rm --force src', TRACKED],
    ['rm -f -n src', ''],
    ['rm -f --dry-run src', ''],
    ['rm --cached --pathspec-from-file=list', `${TRACKED} ?`],
    ['mv -n src lib', ''],
    ['mv --dry-run src lib', ''],
    ['mv $FILE lib', `${ALL} ?`],
    ['checkout-index -a', 'cart'],
    ['checkout-index --all', 'cart'],
    ['checkout-index src/cart.ts', 'cart'],
    ['checkout-index docs/a.md', ''],
    ['read-tree HEAD', TRACKED],
    ['update-index src/cart.ts', 'cart'],
    ['update-index $FILE', `${ALL} ?`],
  ])('git %s: %s', (command, expected) => expect(taken(`git ${command}`)).toBe(expected));

  test('git clean needs no force where the configuration says so', () => {
    expect(taken('git clean', withConfig({ 'clean.requireforce': 'false' }))).toBe('new');
    expect(taken('git clean', withConfig({ 'clean.requireforce': 'true' }))).toBe('');
  });
});

describe('what ends or goes on with what is under way takes', () => {
  const verbs = ['cherry-pick', 'revert', 'am'];
  test.each([
    ...verbs.flatMap((verb): [string, string][] => [
      [`${verb} --abort`, 'tax'],
      [`${verb} --skip`, 'tax'],
      [`${verb} --continue`, 'tax'],
      [`${verb} --quit`, ''],
      [`${verb} topic`, ''],
    ]),
    ['am -r', 'tax'],
    ['am --resolved', 'tax'],
    ['merge --continue', 'tax'],
    ['merge --autostash topic', TRACKED],
    ['pull -r', ALL],
    ['pull --autostash', TRACKED],
  ])('git %s: %s', (command, expected) => expect(taken(`git ${command}`)).toBe(expected));

  test.each<[string, Record<string, string>, string]>([
    ['merge topic', { 'merge.autostash': 'true' }, TRACKED],
    ['merge topic', { 'merge.autostash': 'false' }, ''],
    ['pull', { 'merge.autostash': 'true' }, TRACKED],
    ['pull', { 'pull.rebase': 'true' }, ALL],
    ['pull', { 'pull.rebase': 'merges' }, ALL],
    ['pull', { 'pull.rebase': 'false' }, ''],
    ['pull --no-rebase', { 'pull.rebase': 'true' }, ''],
    ['pull --ff-only', { 'pull.rebase': 'true' }, ''],
    ['pull --rebase', { 'pull.rebase': 'false' }, ALL],
  ])('git %s with %j in the configuration: %s', (command, config, expected) =>
    expect(taken(`git ${command}`, withConfig(config))).toBe(expected),
  );
});

describe('what moves or removes a branch or a worktree takes', () => {
  test.each([
    ['worktree move . ../x', ALL],
    ['worktree remove -- .', ALL],
    ['worktree remove $FOLDER', `${ALL} ?`],
    ['worktree $VERB .', `${ALL} ?`],
    ['worktree $VERB ../other', ''],
    ['worktree remove', ''],
    ['worktree prune', ''],
    ['worktree lock .', ''],
    ['branch -m new', ALL],
    ['branch --move new', ALL],
    ['branch -M main new', ALL],
    ['branch -m topic new', ''],
    ['branch -C main', ALL],
    ['branch -f main HEAD~1', ALL],
    ['branch --force main', ALL],
    ['branch -d main', ALL],
    ['branch --delete refs/heads/main', ALL],
    ['branch -d $BRANCH', `${ALL} ?`],
    ['branch -d @', ALL],
    ['branch -r -d main', ''],
    ['branch --remotes -d main', ''],
    ['branch -c main x', ''],
    // the value of an option is none
    ['branch -udev', ''],
    ['branch --sort -committerdate', ''],
    ['push --mirror', ALL],
    ['push --force --all', ALL],
    ['push -f --branches', ALL],
    ['push --all', ''],
    ['push -d origin main', ALL],
    ['push --delete origin topic', ''],
    ['push --prune origin main', ALL],
    ['push --force-with-lease origin main', ALL],
    ['push origin :main', ALL],
    ['push origin :topic', ''],
    ['push origin main', ''],
    ['push origin +topic', ''],
    ['push origin main +topic', ''],
    ['push origin +HEAD:topic', ALL],
    ['push origin +x:refs/heads/main', ALL],
    ['push origin +$BRANCH', `${ALL} ?`],
    ['push -f origin -o main topic', ''],
    ...['--push-option', '--receive-pack', '--repo'].map((option): [string, string] => [
      `push -f origin ${option} main topic`,
      '',
    ]),
  ])('git %s: %s', (command, expected) => expect(taken(`git ${command}`)).toBe(expected));

  test('of a branch that is checked out in another worktree', () => {
    const other = { ...base, root: join(shop.root, '..', 'other'), branch: 'topic' };
    expect(taken('git branch -d @', other)).toBe('');
    expect(taken('git branch -m new', other)).toBe('');
    expect(taken('git worktree remove x/other', other)).toBe('');
    expect(taken('git worktree remove the-other', other)).toBe('');
  });
});

describe('a repository in the folder of another one', () => {
  const nested = (folder = 'sub'): Uncommitted => ({ ...base, root: join(shop.root, folder) });
  test.each([
    ['clean -ff', ALL],
    ['clean -f --force', ALL],
    ['-C docs clean -ff', ''],
    ['clean -f', ''],
    ['submodule update', ALL],
    ['submodule deinit sub', ALL],
    ['submodule set-branch', ALL],
    ['-C docs submodule update', ALL],
    ['submodule status', ''],
    ['submodule', ''],
    ['checkout --recurse-submodules topic', ALL],
    ['status --recurse-submodules', ''],
    ['checkout topic', ''],
    ['add -A', ''],
  ])('git %s takes of it: %s', (command, expected) => expect(taken(`git ${command}`, nested())).toBe(expected));

  test('goes along with the other where the configuration says so, and none beside or around that does', () => {
    const config = { 'submodule.recurse': 'true' };
    expect(taken('git checkout topic', { ...nested(), config })).toBe(ALL);
    expect(taken('git status', { ...nested(), config })).toBe('');
    for (const folder of ['.', '..', '../other', '../shop2']) {
      expect([folder, taken('git submodule update', nested(folder))]).toEqual([folder, '']);
    }
    expect(taken('git submodule update', nested('..x'))).toBe(ALL);
  });
});

describe('what paths name', () => {
  test.each([
    ['/etc', ''],
    ['../other', ''],
    ['..', ''],
    [':/src', 'cart'],
    ["':(top)src'", 'cart'],
    ["':(icase)SRC/CART.TS'", 'cart'],
    ['SRC/CART.TS', ''],
    ["':(literal)src/*.ts'", ''],
    ["':(literal)src'", 'cart'],
    ["':(attr:x)docs'", 'cart new'],
    ["'src/c[a]rt.ts'", 'cart'],
    ["'src/c\\art.ts'", 'cart'],
    ["'sr?'", 'cart'],
    ["'s*.ts'", 'cart'],
    ["'*.md'", 'new'],
    [". ':^src'", 'new'],
    [". ':!src/cart.ts'", 'new'],
    [". ':!*.ts'", 'new'],
    ["':!src'", 'new'],
    // what is left out has to be known exactly
    [". ':!src/c[a]rt.ts'", 'cart new'],
    [". ':(exclude,glob)src/*'", 'cart new'],
    [". ':(exclude,attr:x)src'", 'cart new'],
    ['. ":!$X"', 'cart new ?'],
  ])('git add %s: %s', (paths, expected) => expect(taken(`git add ${paths}`)).toBe(expected));

  test('starts in the folder of the call, at the top, or in the person’s folder', () => {
    const docs = join(shop.root, 'docs');
    expect(taken('git add src', base, docs)).toBe('');
    expect(taken("git add ':(top)src'", base, docs)).toBe('cart');
    expect(taken('git add :/', base, docs)).toBe('cart new');
    expect(taken(`git add ~/${relative(homedir(), shop.root)}/src`, base, docs)).toBe('cart');
    expect(taken('git add ~', base, docs)).toBe('');
  });
});

describe('the state of a file', () => {
  test.each<[string, string[]]>([
    [' M', ['add -u', 'commit -a', 'restore .']],
    ['M ', ['commit', 'commit -a', 'reset']],
    ['MM', ['add -u', 'commit', 'commit -a', 'reset', 'restore .']],
    ['??', ['clean -f']],
    ['UU', ['add -u', 'commit', 'commit -a', 'reset', 'restore .']],
    ['AA', ['add -u', 'commit', 'commit -a', 'reset', 'restore .']],
    ['DD', ['add -u', 'commit', 'commit -a', 'reset', 'restore .']],
    [' U', ['add -u', 'commit', 'commit -a', 'reset', 'restore .']],
  ])('%j is taken by %j', (status, by) => {
    const verbs = ['add -u', 'clean -f', 'commit', 'commit -a', 'reset', 'restore .'];
    expect(verbs.filter((verb) => taken(`git ${verb}`, withStatus(status)) !== '')).toEqual(by);
  });
});

describe('where git runs, or what it runs, is not known', () => {
  test.each([
    ['cd "$A" && cd docs && git add .', 'cart tax new ?'],
    ['popd; git add .', 'cart tax new ?'],
    ['cd - && git add .', 'cart tax new ?'],
    ['make -C x; git add .', 'cart tax new ?'],
    ['git -C x status; git add src', 'cart'],
    ['git -C "$DIR" add .', 'cart tax new ?'],
    ['git -C "$DIR" status', ''],
    ['git --bare add -A', 'cart tax new ?'],
    ['git --git-dir=/x add -A', 'cart tax new ?'],
    ['git --namespace x add -A', 'cart tax new ?'],
    ['git --no-pager add -A', 'cart new'],
    ['git --attr-source x add -A', 'cart new'],
    ['git --super-prefix x add -A', 'cart new'],
    ['git $OPTIONS add -A', 'cart tax new ?'],
    ['git $VERB', 'cart tax new ?'],
    ['git --version', ''],
    ['git -C', ''],
    ['$RUN add -A', 'cart new'],
    ['hub add -A', 'cart new'],
    ['gh pr checkout 12', ALL],
    ['gh pr view 12', ''],
    ['gh checkout pr', ''],
    ['gh repo checkout 12', ''],
    ['x pr checkout 12', ''],
    ['gh', ''],
    ['git status "', ''],
    ['git add "', 'cart tax new ?'],
    ['echo "add', ''],
    ['cd docs & git add .', 'cart new'],
    ['cd nowhere && git add .', 'cart new'],
    ['cd && git add .', ''],
    ['cd -P docs && git add .', 'new'],
  ])('%s: %s', (command, expected) => expect(taken(command)).toBe(expected));

  test.each<[string, Record<string, string>, string]>([
    ['git a', { 'alias.a': 'b', 'alias.b': 'a' }, `${ALL} ?`],
    ['git A', { 'alias.a': 'add' }, ''],
    ['git A .', { 'alias.a': 'add' }, 'cart new'],
    ['git add src', { 'alias.add': 'add -A' }, 'cart'],
    ['git a', { 'alias.a': '!git add "' }, `${ALL} ?`],
    ['git a', { 'alias.a': '!make' }, ''],
    ['git a', { 'alias.a': '!cd docs && git add .' }, 'cart new'],
    ['git a src', { 'alias.a': '!git add' }, 'cart new ?'],
    ['git a src', { 'alias.a': 'add' }, 'cart'],
    ['git --git-dir=/x a', { 'alias.a': '!git add -A' }, `${ALL} ?`],
    ['git -C docs a', { 'alias.a': '!git add .' }, 'cart new'],
    ['git -C docs a', { 'alias.a': 'add .' }, 'new'],
    ['git -c alias.x x', {}, ''],
    ['git -c alias.x=status x', {}, ''],
    ['git -c ALIAS.X=status x', {}, ''],
    ['git -c user.name=x x', {}, `${ALL} ?`],
    ['git -c "alias.x=$Y" x', {}, `${ALL} ?`],
    ['git --config-env=alias.x=Y x', {}, `${ALL} ?`],
  ])('%s with the aliases %j: %s', (command, config, expected) =>
    expect(taken(command, withConfig(config))).toBe(expected),
  );

  test('is what the doubt says', () => {
    const doubt = (command: string, entry = base): string | undefined => shop.sweep(command, entry)?.doubt;
    expect(doubt('git add -A')).toBeUndefined();
    expect(doubt('git add $FILE')).toBe('what stands for $FILE is not known');
    expect(doubt(`git add $${'X'.repeat(99)}`)).toBe(`what stands for $${'X'.repeat(59)} is not known`);
    expect(doubt('git $VERB')).toBe('what stands for $VERB is not known');
    expect(doubt('git unheard-of')).toBe('what git unheard-of does is not known');
    expect(doubt('git checkout --pathspec-from-file=x')).toBe('its paths are in a file');
    expect(doubt('git --bare add -A')).toBe('in which folder git runs is not known');
    expect(doubt('git a', withConfig({ 'alias.a': 'a' }))).toBe('its aliases stand for each other');
    expect(doubt('git add src/mine.ts', { ...base, more: 5 })).toBe('there are 5 files more than are looked at');
    expect(doubt('git add "')).toBe('it is no valid shell command');
    // what is taken for sure is
    expect(doubt('git add $FILE; git add -A')).toBeUndefined();
  });
});

test('a call is told of with the files that it takes', () => {
  mkdirSync(join(shop.root, 'later'), { recursive: true });
  const told = (command: string, inOrder = 1): string | undefined =>
    takesOf(readCommand(command), { cwd: shop.root, inOrder }, readCommand, () => 0)(base);
  expect(told('cd docs && git add .')).toContain('Fix the rounding edits docs/new.md');
  expect(told('cd docs && git add .')).not.toContain('cart');
  // a change into what is no folder may not have happened
  expect(told('cd src/cart.ts && git add .')).toContain('docs/new.md');
  expect(told('cd nowhere && git add .')).toContain('docs/new.md');
  expect(told('cd later && git add .')).toBeUndefined();
});
