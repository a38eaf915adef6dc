import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writtenPaths } from '#core/policy/lockBypasses.ts';
import { afterAll, expect, test } from 'vitest';
import { pathGlob, wildcard } from '#core/policy/match/glob.ts';
import { isShell, matches } from '#core/policy/match/match.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test.each([
  ['git merge*', 'git merge topic', true],
  ['git merge*', 'git status', false],
  ['*', '', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['mcp__*__read', 'mcp__db__read', true],
])('wildcard %s on %s is %s', (pattern, text, expected) => expect(wildcard(pattern, text)).toBe(expected));

test('a pattern made to backtrack costs next to nothing', () => {
  const started = process.cpuUsage();
  expect(wildcard(`${'*a'.repeat(200)}b`, 'a'.repeat(20_000))).toBe(false);
  // a backtracking matcher would never return, so any bound will do
  expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
});

test.each([
  ['/p/**/x.ts', '/p/a/b/x.ts', true],
  ['/p/**/x.ts', '/p/x.ts', true],
  ['/p/*/x.ts', '/p/a/b/x.ts', false],
  ['/p/**', '/p/a', true],
  ['/p/**', '/q/a', false],
])('path glob %s on %s is %s', (pattern, path, expected) => expect(pathGlob(pattern, path)).toBe(expected));

test.each([
  ['Task', 'Agent', true],
  ['Agent', 'Task', true],
  ['Write|Ta*', 'Agent', true],
  ['Bash', 'PowerShell', true],
  ['Read | Ba*', 'PowerShell', true],
  ['KillShell', 'TaskStop', true],
  ['TaskStop', 'KillBash', true],
  ['BashOutput', 'TaskOutput', true],
  ['ReadMcpResource', 'ReadMcpResourceTool', true],
  ['Edit,Write', 'Write', true],
  ['Edit, Write | Read', 'Write', true],
  ['TaskStop', 'TaskOutput', false],
  // not the other way round
  ['PowerShell', 'Bash', false],
  ['Bash', 'BashOutput', false],
  ['Agent', 'constructor', false],
])('a pattern of the tool %s on %s: %s', (tool, called, expected) =>
  expect(matches({ tool }, { tool: called, input: {}, cwd: '/' }, '/')).toBe(expected),
);

test('a path matches through links, relative to the project, whatever way it is written', () => {
  const root = tempDir();
  mkdirSync(join(root, 'sub'));
  writeFileSync(join(root, 'data1.csv'), '');
  symlinkSync(join(root, 'data1.csv'), join(root, 'sub', 'link.csv'));
  const read = (path: string, cwd = root) =>
    matches({ tool: 'Read|Edit', path: 'data1.csv' }, { tool: 'Read', input: { file_path: path }, cwd }, root);
  expect(read(join(root, 'data1.csv'))).toBe(true);
  expect(read('../data1.csv', join(root, 'sub'))).toBe(true);
  expect(read(join(root, 'sub', 'link.csv'))).toBe(true);
  expect(read(join(root, 'data2.csv'))).toBe(false);
  expect(
    matches({ path: '**/*.csv' }, { tool: 'Read', input: { file_path: join(root, 'sub', 'x.csv') }, cwd: root }, root),
  ).toBe(true);
  expect(matches({ tool: 'Write' }, { tool: 'Read', input: {}, cwd: root }, root)).toBe(false);
});

test.each([
  ['echo x > a.txt', ['a.txt']],
  ['echo x >> "my file.txt" 2>&1', ['my file.txt']],
  ['make 2>err.log >out.log', ['err.log', 'out.log']],
  ['make &> all.log', ['all.log']],
  ['cat a | tee -a b c', ['b', 'c']],
  [`sed -i 's/a > b/c/' a.txt`, ['s/a > b/c/', 'a.txt']],
  ['sed -n 1p a.txt', []],
  ['perl -pi -e s/x/y/ a.txt', ['s/x/y/', 'a.txt']],
  ['cp src.txt dst', ['dst', 'dst/src.txt']],
  ['sudo X=1 mv a/b.txt c', ['c', 'c/b.txt', 'a/b.txt']],
  ['rm -f a.txt && dd if=/dev/zero of=b.img', ['a.txt', 'b.img']],
  ['grep ">" a.txt; echo "a > b"', []],
  ['cat <<E >| x\ny\nE', ['x']],
  ['(cd x; /usr/bin/tee y)', ['y']],
  ['cp -t out a/b c', ['out', 'out/b', 'out/c']],
  ['cp -rt out a', ['out', 'out/a']],
  ['cp -v --target-directory out a', ['out', 'out/a']],
  ['cp --target-directory=out a', ['out', 'out/a']],
  // an option that only looks like that one
  ['cp --no-target-directory a b', ['b', 'b/a']],
  ['cp --strip-t a b', ['b', 'b/a']],
  ['cp', []],
  ['mv -t out a', ['out', 'out/a', 'a']],
  ['git checkout main -- a.txt b.txt', ['main', 'a.txt', 'b.txt']],
  ['git status a.txt', []],
  ['git rm a.txt', ['a.txt']],
  ['curl -s -o page.html https://x.test/a', ['page.html']],
  ['curl --output page.html https://x.test/a', ['page.html']],
  ['wget -O page.html https://x.test/a', ['page.html']],
  ['sort b -o sorted a', ['sorted']],
  ['sort -k 1 b', []],
  ['sed --in-place=.bak s/x/y/ a.txt', ['s/x/y/', 'a.txt']],
  ['awk "{ print }" x-i', []],
  ['dd if=a of=b bs=1', ['b']],
  ['truncate -s 0 a.txt', ['0', 'a.txt']],
  ['', []],
  // names that any object has
  ['constructor x > a; __proto__ y; toString -o z', ['a']],
])('writes of %j: %j', (command, expected) => expect(writtenPaths(readCommand(command)).paths).toEqual(expected));

test('the folders that a command changes into', () => {
  expect(writtenPaths(readCommand('cd "a b" && cd -P c; echo > d')).dirs).toEqual(['a b', 'c']);
  const dirs = (command: string): string[] => writtenPaths(readCommand(command)).dirs;
  expect(dirs('pushd a; popd')).toEqual(['a']);
  expect(dirs('cd a b')).toEqual(['a']);
  expect(dirs('git -C a -C b rm c; git rm d; make -C e')).toEqual(['a']);
  expect(dirs('git -C a rm b')).toEqual(['a']);
  expect(dirs('X=1; echo a')).toEqual([]);
});

test('two tools run commands in a shell', () => {
  expect(['Bash', 'PowerShell', 'bash', 'Read', '', undefined].map(isShell)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

test('a pattern of commands fits a command that was not read, and no call without one', () => {
  const fitting = (input: Record<string, unknown>, more: object = {}): boolean =>
    matches({ command: 'git push' }, { tool: 'Bash', input, cwd: '/p', ...more }, '/p');
  expect(fitting({ command: 'anything' })).toBe(true);
  expect(fitting({ command: 'x' }, { fit: () => undefined })).toBe(false);
  expect(fitting({ command: 'x' }, { fit: () => ({ kind: 'might', reason: 'r' }) })).toBe(true);
  for (const input of [{}, { command: 7 }, { command: null }]) expect(fitting(input)).toBe(false);
});

test('a pattern of tools fits by its name or its signs', () => {
  const fitting = (tool: string, called: string): boolean =>
    matches({ tool }, { tool: called, input: {}, cwd: '/p' }, '/p');
  for (const pattern of ['*', 'Ba*', '?ash', 'Read|Bash', 'Read | *sh'])
    expect(fitting(pattern, 'Bash'), pattern).toBe(true);
  for (const pattern of ['mcp*', '?', 'Bas', 'Read|Ed*', '']) expect(fitting(pattern, 'Bash'), pattern).toBe(false);
});
