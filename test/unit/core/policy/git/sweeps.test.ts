import { realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sweepsOf } from '#core/policy/git/sweeps.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
let root: string;
let base: Uncommitted;
beforeAll(() => {
  shop = makeShop();
  ({ root, base } = shop);
});
afterAll(removeTempDirs);

const taken: Shop['taken'] = (...args) => shop.taken(...args);
const sweep: Shop['sweep'] = (...args) => shop.sweep(...args);
const git: Shop['git'] = (...args) => shop.git(...args);

describe('what a command takes', () => {
  test.each([
    ['git add -A', 'cart new'],
    ['git add .', 'cart new'],
    ['git add --all', 'cart new'],
    ['git add -u', 'cart'],
    ['git add', ''],
    ['git add -n .', ''],
    ['git add src', 'cart'],
    ['git add src/mine.ts', ''],
    ['git add src/cart.ts', 'cart'],
    ['git add "src/*.ts"', 'cart'],
    ['git add docs/*', 'new'],
    ["git add . ':!src' ':!docs/new.md'", ''],
    ["git add . ':(exclude)docs'", 'cart'],
    ['git add :/', 'cart new'],
    ['cd src && git add .', 'cart'],
    ['cd src; git add .', 'cart'],
    ['cd docs && git add .', 'new'],
    ['cd sub && git add . && cd ../docs && git add .', 'new'],
    ['(cd sub && git add .)', 'cart new'],
    ['(cd sub && git add .); git add .', 'cart new'],
    ['cd "$DIR" && git add .', 'cart tax new ?'],
    ['git -C docs add .', 'new'],
    ['git -C sub -C ../src add .', 'cart'],
    ['git -C ../other add -A', ''],
    ['cd ../other && git add -A', ''],
    ['git --work-tree=/elsewhere add -A', 'cart tax new ?'],
    ['GIT_DIR=/x git add -A', 'cart tax new ?'],
    ['env FOO=1 git add -A', 'cart new'],
    ['sudo -u me git add -A', 'cart new'],
    ['timeout 60 git add src/mine.ts', ''],
    ["bash -c 'git add -A'", 'cart new'],
    ['eval "git add -A"', 'cart new'],
    ['git add "$FILE"', 'cart new ?'],
    ['git add "src/m$X.ts"', ''],
    ['git add "src/c$X.ts"', 'cart ?'],
    ['git add "$PWD/src/cart.ts"', 'cart ?'],
    ['git add "$(pwd)/src/mine.ts"', ''],
    ['git checkout -- $ROOT/src', 'cart ?'],
    ['ROOT=$(git rev-parse --show-toplevel); git restore "$ROOT/src/cart.ts"', 'cart ?'],
    ['git add "$X/../shop/src"', 'cart ?'],
    ['git add "$X/shop"', 'cart new ?'],
    ['git add "$X/other/cart.ts"', ''],
    ['cd sub && git add "$F.ts"', 'cart ?'],
    ['mkdir -p t/new && cd t/new && git init -q -b main && git add -A && git commit -qm x', ''],
    ['mkdir -p t && cd t && git add -A', 'cart new'],
    ['mkdir -p src && cd src && git init && git add .', 'cart'],
    ['git init t && git -C t add -A', ''],
    ['git init && git add -A', 'cart new'],
    ['rtk git add -A', 'cart new'],
    ['nix develop .#ci --command git add -A', 'cart new'],
    ['echo git add -A', ''],
    ['git commit -uno -m x', 'tax'],
    ['git commit -Skeyab -m x', 'tax'],
    ['git commit -am x', 'cart tax'],
    ['git commit -m x', 'tax'],
    ['git commit -m "add -A everything" src/mine.ts', ''],
    ['git commit --dry-run -a', ''],
    ['git commit -m "$(cat msg)" -- src/cart.ts', 'cart'],
    ['git commit -i src/mine.ts -m x', 'tax'],
    ['git stash', 'cart tax'],
    ['git stash -u', 'cart tax new'],
    ['git stash push -- src/mine.ts', ''],
    ['git stash push src/tax.ts', 'tax'],
    ['git stash -S', 'tax'],
    ['git stash list', ''],
    ['git stash pop', ''],
    ['git checkout topic', 'cart tax new'],
    ['git checkout main', ''],
    ['git checkout -f main', 'cart tax new'],
    ['git checkout -b new', 'cart tax new'],
    ['git checkout -- src/cart.ts', 'cart'],
    ['git checkout -- src/mine.ts', ''],
    ['git checkout src/mine.ts', ''],
    ['git checkout src', 'cart'],
    ['git checkout .', 'cart'],
    ['git checkout HEAD -- src/tax.ts', 'tax'],
    ['git checkout HEAD src/tax.ts', 'tax'],
    ['git checkout', ''],
    ['git checkout HEAD', ''],
    ['git checkout -p HEAD', 'cart tax new'],
    ['git checkout-index -a --prefix=/tmp/out/', ''],
    ['git checkout-index -f -a', 'cart'],
    ['git diff | git apply -R', 'cart tax new ?'],
    ['git apply --reverse --cached fix.patch', 'tax ?'],
    ['git apply -R --check fix.patch', ''],
    ['git apply fix.patch', ''],
    ['git switch topic', 'cart tax new'],
    ['git switch main', ''],
    ['git switch -c x', 'cart tax new'],
    ['git restore .', 'cart'],
    ['git restore --staged .', 'tax'],
    ['git restore -SW src', 'cart tax'],
    ['git restore src/mine.ts', ''],
    ['git restore -p', 'cart'],
    ['git reset --hard', 'cart tax'],
    ['git reset --hard HEAD', 'cart tax'],
    ['git reset --hard HEAD~1', 'cart tax new'],
    ['git reset', 'tax'],
    ['git reset -- src/mine.ts', ''],
    ['git reset HEAD src/tax.ts', 'tax'],
    ['git reset --soft HEAD~1', ''],
    ['git reset $MODE', 'cart tax ?'],
    ['git clean -fd', 'new'],
    ['git clean -n', ''],
    ['git clean -d', ''],
    ['cd src && git clean -fd', ''],
    ['git clean -f docs', 'new'],
    ['git clean -fX', ''],
    ['git rebase main', 'cart tax new'],
    ['git rebase --quit', ''],
    ['git merge topic', ''],
    ['git merge --abort', 'tax'],
    ['git pull', ''],
    ['git pull --rebase', 'cart tax new'],
    ['git worktree remove ../other', ''],
    ['git worktree remove .', 'cart tax new'],
    ['git worktree list', ''],
    ['git branch -D main', 'cart tax new'],
    ['git branch -D topic', ''],
    ['git branch new', ''],
    ['git branch -M main', ''],
    ['git branch -M trunk', 'cart tax new'],
    ['git push', ''],
    ['git push --force --dry-run', ''],
    ['git push --force --tags', ''],
    ['git push --force --tags origin main', 'cart tax new'],
    ['git push --force', 'cart tax new'],
    ['git push --force-with-lease origin topic', ''],
    ['git push -f origin main', 'cart tax new'],
    ['git push origin +main', 'cart tax new'],
    ['git push origin HEAD --force', 'cart tax new'],
    ['git mv src lib', 'cart tax'],
    ['git rm --cached src/tax.ts', 'tax'],
    ['git rm -rf docs', ''],
    ['git status && git log --oneline | head', ''],
    ['git sweep', 'cart new'],
    ['git st', ''],
    ['git wip', 'cart tax new'],
    ['git -c alias.x="add -A" x', 'cart new'],
    ['git unheard-of', 'cart tax new ?'],
    ['$G add -A', 'cart new'],
    ['$RUN test', ''],
    ['gh pr checkout 12', 'cart tax new'],
    ['git stash "', 'cart tax new ?'],
    ['if true; then git add -A; fi', 'cart new'],
    ['echo "$(git add -A)"', 'cart new'],
    ['find . -name x -exec git add {} +', 'cart new ?'],
  ])('%s: %s', (command, expected) => {
    expect(taken(command)).toBe(expected);
  });

  test('from another worktree, that checkout is named', () => {
    const other = { ...base, root: join(root, '..', 'other'), branch: 'topic' };
    expect(taken('git add -A', other)).toBe('');
    expect(taken('git worktree remove --force ../other', other)).toBe('cart tax new');
    expect(taken('git worktree remove other', other)).toBe('cart tax new');
    expect(taken('git branch -D topic', other)).toBe('cart tax new');
    expect(taken('git push -f origin topic', other)).toBe('cart tax new');
    expect(taken('cd ../other && git stash', other)).toBe('cart tax');
  });

  test('an entry of the stash is taken with its files, from each worktree, and in another repository none is', () => {
    const file = { path: 'src/cart.ts', status: ' M' };
    writeFileSync(join(root, 'src/mine.ts'), 'two\n');
    git('stash', 'push', '-q');
    const commit = git('rev-parse', 'stash@{0}').trim();
    const entry: Uncommitted = { ...base, files: [file], stash: [{ commit }] };
    const swept = (command: string, cwd = root): string => {
      const { files = [], stash = [], doubt } = sweep(command, entry, cwd) ?? {};
      return [...files.map(() => 'file'), ...stash.map(() => 'entry'), ...(doubt === undefined ? [] : [doubt])].join(
        ' ',
      );
    };
    expect(swept('git stash pop')).toBe('entry');
    expect(swept('git stash')).toBe('file');
    expect(swept('git stash branch later')).toBe('file entry');
    expect(swept('git stash pop', join(root, '..', 'other'))).toBe('entry');
    expect(swept('git stash pop', join(root, '..', '..'))).toBe('');
    expect(swept('git stash; git stash pop')).toBe(
      'file entry whether git stash finds anything to put away before is not known',
    );
    expect(swept('git stash drop && git stash drop')).toBe('entry');
    expect(swept('git stash $WHAT')).toBe('file entry what stands for $WHAT is not known');
    expect(swept('git --git-dir=/x stash drop')).toBe('entry in which folder git runs is not known');
    expect(swept('git stash drop "')).toContain('file entry');
    expect(swept('git unheard-of')).toContain('file entry');
    expect(swept('git stash clear -h')).toBe('');
    git('stash', 'drop', '-q');
    // what is there now is not what was there then
    expect(swept('git stash pop')).toBe('');
    const place = { cwd: root, inOrder: 0, isFolder: () => true, isPast: true } as const;
    expect(sweepsOf(readCommand('git stash pop'), place, readCommand)(entry)).toEqual({
      files: [],
      stash: [{ commit }],
      doubt: 'what was in the stash is not known',
    });
  });

  test('what git was not looked at for may be in any state', () => {
    const unseen: Uncommitted = { ...base, files: [{ path: 'src/cart.ts' }], unseen: 'it took too long' };
    for (const command of ['git add -u', 'git commit -m x', 'git clean -f', 'git stash'])
      expect(taken(command, unseen)).toBe('cart');
    expect(taken('git add src/mine.ts', unseen)).toBe('');
  });

  test('beyond the files that are listed, a path may be one of the others', () => {
    const many: Uncommitted = { ...base, more: 5 };
    expect(taken('git add src/mine.ts', many)).toBe('cart ?');
    expect(taken('git add', many)).toBe('');
  });

  test('no call takes what is in a folder without a repository', () => {
    expect(taken('git add -A', base, realpathSync(tempDir('fermata-none-')))).toBe('');
  });
});
