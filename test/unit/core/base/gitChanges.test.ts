import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { git } from '#core/base/git.ts';
import { findGit } from '#core/install/executables.ts';
import { committedText, fileChanges } from '#core/base/gitChanges.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const program = findGit(process.env, []) ?? '';
const lines = (count: number): string => Array.from({ length: count }, (_, i) => `line ${i}\n`).join('');

/** A repository with a commit of the given files. */
function repository(files: Record<string, string>): { root: string; run: (...args: string[]) => string } {
  const root = tempDir();
  const run = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', root, ...args], {
      encoding: 'utf8',
    });
  run('init', '--quiet');
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  run('add', '--all');
  if (Object.keys(files).length > 0) run('commit', '--quiet', '--message', 'first');
  return { root, run };
}

test('a changed, a new, a deleted, a binary and an equal file', async () => {
  const { root, run } = repository({
    'a b.txt': lines(5),
    'gone.txt': lines(3),
    'same.txt': 'x\n',
    'image.png': '\0\0',
  });
  writeFileSync(join(root, 'a b.txt'), `${lines(4)}another\nmore\n`);
  writeFileSync(join(root, ':(top)new*.txt'), 'one\ntwo\nno line break');
  writeFileSync(join(root, 'staged.txt'), 'one\n');
  writeFileSync(join(root, 'image.png'), '\0\u0001');
  rmSync(join(root, 'gone.txt'));
  run('add', 'staged.txt');
  const names = ['a b.txt', ':(top)new*.txt', 'staged.txt', 'image.png', 'gone.txt', 'same.txt', 'never.txt'];
  const changes = await fileChanges(
    { root, program },
    names.map((name) => join(root, name)),
  );
  expect(Object.fromEntries([...changes].map(([path, change]) => [path.slice(root.length + 1), change]))).toEqual({
    'a b.txt': { added: 2, removed: 1 },
    ':(top)new*.txt': { added: 3, removed: 0, presence: 'new' },
    'staged.txt': { added: 1, removed: 0 },
    'image.png': { added: 0, removed: 0, binary: true },
    'gone.txt': { added: 0, removed: 3, presence: 'deleted' },
  });
  expect(await committedText({ root, program }, join(root, 'gone.txt'))).toBe(lines(3));
  await expect(committedText({ root, program }, join(root, 'staged.txt'))).rejects.toThrow();
});

test('before the first commit every file is new', async () => {
  const { root, run } = repository({});
  writeFileSync(join(root, 'a'), lines(2));
  writeFileSync(join(root, 'b'), lines(4));
  run('add', 'a');
  const changes = await fileChanges({ root, program }, [join(root, 'a'), join(root, 'b')]);
  expect([...changes.values()].map(({ added }) => added)).toEqual([2, 4]);
});

test('more files than a command line holds', async () => {
  const names = Array.from({ length: 300 }, (_, i) => `${'long'.repeat(50)}-${i}`);
  const { root } = repository(Object.fromEntries(names.map((name) => [name, 'x\n'])));
  for (const name of names) writeFileSync(join(root, name), 'y\n');
  expect(
    (
      await fileChanges(
        { root, program },
        names.map((name) => join(root, name)),
      )
    ).size,
  ).toBe(300);
});

/** Everything that a repository may bring to make git run a program, each of which leaves a file. */
function hostileRepository(): { root: string; traces: string; trap: (name: string) => string } {
  const traces = tempDir();
  const trap = (name: string): string => {
    const path = join(traces, `trap-${name}.sh`);
    writeFileSync(path, `#!/bin/sh\ntouch '${traces}/ran-${name}'\ncat\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const { root, run } = repository({ 'a.txt': lines(5), 'b.bin': lines(5), '.gitattributes': '' });
  const settings: [string, string][] = [
    ['core.fsmonitor', trap('fsmonitor')],
    ['core.pager', trap('pager')],
    ['core.hooksPath', join(root, 'hooks')],
    ['core.sshCommand', trap('ssh')],
    ['diff.external', trap('external')],
    ['diff.evil.command', trap('driver')],
    ['diff.evil.textconv', trap('textconv')],
    ['filter.evil.clean', trap('clean')],
    ['filter.evil.required', 'true'],
    ['filter.e=v.il.clean', trap('oddClean')],
    ['filter.proc.process', trap('process')],
    ['pager.diff', trap('pagerDiff')],
    ['alias.diff', `!${trap('alias')}`],
  ];
  for (const [name, value] of settings) run('config', name, value);
  writeFileSync(join(root, '.git', 'more'), `[filter "included"]\n\tclean = ${trap('included')}\n`);
  run('config', 'include.path', 'more');
  mkdirSync(join(root, 'hooks'));
  symlinkSync(trap('hook'), join(root, 'hooks', 'post-index-change'));
  writeFileSync(join(root, '.gitattributes'), 'a.txt filter=evil diff=evil\nb.bin filter=e=v.il\n');
  const attributes = 'c.txt filter=proc\nd.txt filter=included\n';
  writeFileSync(join(root, '.git', 'info', 'attributes'), attributes);
  for (const name of ['a.txt', 'b.bin', 'c.txt', 'd.txt']) writeFileSync(join(root, name), lines(9));
  return { root, traces, trap };
}

test('nothing that a hostile repository configures is run', async () => {
  const { root, traces } = hostileRepository();
  const ran = (): string[] => readdirSync(traces).filter((name) => name.startsWith('ran-'));
  const names = ['a.txt', 'b.bin', 'c.txt', 'd.txt', '.gitattributes'];
  const changes = await fileChanges(
    { root, program },
    names.map((name) => join(root, name)),
  );
  expect(changes.get(join(root, 'a.txt'))).toEqual({ added: 4, removed: 0 });
  expect(await committedText({ root, program }, join(root, 'a.txt'))).toBe(lines(5));
  expect(ran()).toEqual([]);
  // the traps work: plain git steps into them
  for (const name of ['a.txt', 'b.bin', 'c.txt', 'd.txt']) spawnSync('git', ['-C', root, 'add', name]);
  spawnSync('git', ['-C', root, 'diff', 'HEAD']);
  expect(ran()).toEqual(expect.arrayContaining(['ran-clean', 'ran-oddClean', 'ran-process', 'ran-included']));
  expect(ran()).toContain('ran-fsmonitor');
});

test('a partial clone fetches nothing', async () => {
  const { root, run } = repository({ 'a.txt': lines(5) });
  const trace = join(root, 'ran');
  run('config', 'core.repositoryFormatVersion', '1');
  run('config', 'extensions.partialClone', 'evil');
  run('config', 'remote.evil.promisor', 'true');
  run('config', 'remote.evil.url', `ext::sh -c "touch ${trace}"`);
  const hash = run('rev-parse', 'HEAD:a.txt').trim();
  const object = join(root, '.git', 'objects', hash.slice(0, 2), hash.slice(2));
  expect(statSync(object).isFile()).toBe(true);
  rmSync(object);
  await expect(committedText({ root, program }, join(root, 'a.txt'))).rejects.toThrow();
  expect(existsSync(trace)).toBe(false);
});

test('what was inherited leads git nowhere else', async () => {
  const { root } = repository({ 'a.txt': 'x\n' });
  const other = repository({});
  process.env['GIT_DIR'] = join(other.root, '.git');
  process.env['GIT_EXTERNAL_DIFF'] = 'false';
  try {
    expect((await git({ root, program }, 'rev-parse', '--show-toplevel')).toString('utf8').trim()).toBe(root);
  } finally {
    delete process.env['GIT_DIR'];
    delete process.env['GIT_EXTERNAL_DIFF'];
  }
});
