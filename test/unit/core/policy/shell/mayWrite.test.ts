import { describe, expect, test } from 'vitest';
import { mayTextWrite } from '#core/policy/shell/mayWrite.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';

const mayWrite = (text: string): boolean => mayTextWrite(readCommand(text));

describe('changes no file of the project', () => {
  test.each([
    '',
    'ls -la src',
    'cat a | grep -i b | wc -l',
    'echo done > /dev/null 2>&1',
    'cd src && pwd',
    '/usr/bin/cat a',
    'git',
    'git status',
    'git -C sub log --oneline -5',
    'git --no-pager diff HEAD~1',
    'git commit -m "sed -i"',
    'sed -n 1p a',
    "sed 's/w /x/' a",
    'find . -name "*.ts" -newer x',
    "awk '{ print $1 }' a",
    'sort -u a',
    'date +%s',
    'tree src',
    'timeout 60 cat a',
    'if grep -q x a; then echo yes; fi',
    // what only looks like an option is none
    'git show x-o',
    "sed -n 's/x-i/y/p' a",
    'find . -name x-delete',
    "awk '{ print $1 }' x-i",
    'sort x-o',
    'tree x-o',
  ])('%s', (text) => expect(mayWrite(text)).toBe(false));
});

describe('may change one', () => {
  test.each([
    'make',
    './build.sh',
    '$TOOL a',
    'cat a > b',
    'echo x >> b',
    'ls | tee b',
    'cat a && rm b',
    'echo "',
    'git checkout main',
    'git -C sub merge topic',
    'git stash pop',
    'git $VERB',
    'git diff --output=a',
    'git format-patch -o out HEAD~1',
    'sed -i s/x/y/ a',
    'sed -Ei s/x/y/ a',
    'sed --in-place s/x/y/ a',
    "sed 'w out' a",
    "sed '/x/ {p;w out' a",
    "sed -n '1{p}; 2w out' a",
    ...['-delete', '-exec rm {} +', '-execdir x', '-ok x', '-okdir x', '-fprint out', '-fprintf out x', '-fls out'].map(
      (action) => `find . ${action}`,
    ),
    'awk \'{ print > "out" }\' a',
    'awk -i inplace x a',
    'awk \'{ system("x") }\' a',
    'sort a -o b',
    'sort -uo b a',
    'sort --output=b a',
    'date -o x',
    'tree -o out',
    'tree --output=out',
    'yes --output',
    'timeout 60 make',
    "bash -c 'make'",
    'if make; then echo yes; fi',
  ])('%s', (text) => expect(mayWrite(text)).toBe(true));
});
