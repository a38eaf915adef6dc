import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Uncommitted } from '#protocol/state.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { makeShop, type Shop } from './shop.ts';

let shop: Shop;
/** An agent that has made the second one of three entries of the stash. */
let second: Uncommitted;
beforeAll(() => {
  shop = makeShop();
  for (const text of ['a', 'b', 'c']) {
    writeFileSync(join(shop.root, 'src/mine.ts'), text);
    shop.git('stash', 'push', '-q');
  }
  const config = { 'alias.put': 'stash', 'alias.see': 'status' };
  second = { ...shop.base, files: [], config, stash: [{ commit: shop.git('rev-parse', 'stash@{1}').trim() }] };
});
afterAll(removeTempDirs);

describe('git stash puts away', () => {
  test.each([
    ['stash save a message', 'cart tax'],
    ['stash push -m src/cart.ts', 'cart tax'],
    ['stash push --message src/cart.ts', 'cart tax'],
    ['stash -- src/cart.ts', 'cart'],
    ['stash push docs src/tax.ts', 'tax'],
    ['stash push -u docs', 'new'],
    ['stash --include-untracked', 'cart tax new'],
    ['stash -a', 'cart tax new'],
    ['stash --all', 'cart tax new'],
    ['stash --staged', 'tax'],
    ['stash push $FILE', 'cart tax new ?'],
    ['stash push -- $FILE', 'cart tax ?'],
    ['stash push --pathspec-from-file=list', 'cart tax ?'],
    ['stash branch later', 'cart tax new'],
    ...['show', 'create', 'store', 'apply', 'drop', 'export', 'import'].map((verb): [string, string] => [
      `stash ${verb}`,
      '',
    ]),
  ])('git %s: %s', (command, expected) => expect(shop.taken(`git ${command}`)).toBe(expected));
});

describe('of three entries, the second is removed', () => {
  const removed = (command: string): string => {
    const { stash, doubt } = shop.sweep(command, second) ?? {};
    return stash === undefined ? 'no' : doubt === undefined ? 'yes' : 'perhaps';
  };
  test.each([
    ['git stash drop', 'no'],
    ['git stash drop 1', 'yes'],
    ['git stash pop 1', 'yes'],
    ['git stash pop --index 1', 'yes'],
    ['git stash pop stash@{1}', 'yes'],
    ['git stash pop refs/stash@{1}', 'yes'],
    ['git stash pop stash', 'no'],
    ['git stash pop refs/stash', 'no'],
    ['git stash pop 0', 'no'],
    ['git stash pop 2', 'no'],
    ['git stash pop 11', 'no'],
    ['git stash pop -q -- 1', 'no'],
    ['git stash drop $N', 'perhaps'],
    ['git stash drop "stash@{$N}"', 'perhaps'],
    ["git stash drop 'stash@{yesterday}'", 'perhaps'],
    ['git stash apply 1', 'no'],
    ['git stash branch later 1', 'yes'],
    ['git stash branch later', 'no'],
    ['git stash branch later $N', 'perhaps'],
    ['git stash clear', 'yes'],
    ["git reflog delete 'stash@{1}'", 'yes'],
    ["git reflog delete --rewrite 'refs/stash@{1}'", 'yes'],
    ["git reflog delete 'stash@{0}' 'stash@{1}'", 'yes'],
    ["git reflog delete 'stash@{0}'", 'no'],
    ["git reflog delete 'stash@{yesterday}'", 'perhaps'],
    ["git reflog delete 'main@{1}'", 'no'],
    ["git reflog delete 'stashes@{1}'", 'no'],
    ["git reflog delete -n 'stash@{1}'", 'no'],
    ["git reflog delete --dry-run 'stash@{1}'", 'no'],
    ['git reflog expire --expire=now --all', 'yes'],
    ['git reflog expire --expire=now stash', 'yes'],
    ['git reflog expire --expire-unreachable=now refs/stash', 'yes'],
    ['git reflog expire --expire=now main', 'no'],
    ['git reflog expire --all', 'no'],
    ['git reflog show --expire=now --all', 'no'],
    ['git reflog', 'no'],
    ['git update-ref -d refs/stash', 'yes'],
    ['git update-ref -d refs/heads/topic', 'no'],
    ['git update-ref refs/stash main', 'no'],
    ['git update-ref -d', 'no'],
  ])('by %s: %s', (command, expected) => expect(removed(command)).toBe(expected));

  // the calls before one move the entries
  test.each([
    ['git stash drop; git stash drop', 'perhaps'],
    ['git stash apply; git stash drop', 'no'],
    ['git stash list && git stash drop', 'no'],
    ['git stash pop && git stash drop 2', 'no'],
    ['git stash; git stash drop 1', 'perhaps'],
    ['git stash; git stash drop 2', 'perhaps'],
    ['git stash push -m x && git stash drop', 'no'],
    ['git stash -u && git stash -u && git stash drop 3', 'perhaps'],
    ['git stash && git stash drop 3', 'no'],
    ['git stash $WHAT; git stash drop 2', 'perhaps'],
    ['git put; git stash drop 2', 'perhaps'],
    ['git see; git stash drop 2', 'no'],
    ['git stash drop 2; git put', 'no'],
    ['for i in 1 2; do git stash drop; done', 'perhaps'],
    ['for i in 1 2; do git status; done', 'no'],
    ['for i in 1 2; do git stash drop 2; done', 'no'],
    ['for i in 1 2; do git stash; git stash drop 9; done', 'perhaps'],
    ['drop() { git stash drop; }; drop; drop', 'perhaps'],
    ['echo 1 2 | xargs -n 1 git stash drop', 'perhaps'],
  ])('by %s: %s', (command, expected) => expect(removed(command)).toBe(expected));

  test('and the doubt says why that is not sure', () => {
    const doubt = (command: string): string | undefined => shop.sweep(command, second)?.doubt;
    expect(doubt("git stash drop 'stash@{now}'")).toBe('what stands for stash@{now} is not known');
    expect(doubt("git reflog delete 'stash@{now}'")).toBe('what stands for stash@{now} is not known');
    expect(doubt('git stash drop; git stash drop')).toBe(
      'which entry of the stash is the latest one then is not known',
    );
    expect(doubt('git stash; git stash drop 1')).toBe(
      'whether git stash finds anything to put away before is not known',
    );
  });
});
