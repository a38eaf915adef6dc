import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { statOf } from '#core/base/files/facts.ts';
import { sweepsOf } from '#core/policy/git/sweeps.ts';
import { changesInOrder } from '#core/policy/shell/changesInOrder.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { plainGit, plainGitEnv } from '#test/lib/plainGit.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

/** What happens to a file before the command: in the index, in the folder, or both. */
const CHANGES = ['edited', 'staged', 'stagedAndEdited', 'deleted', 'new', 'newStaged'] as const;
type Change = (typeof CHANGES)[number];

const TRACKED = ['a.txt', 'src/cart.ts', 'src/tax.ts', 'src/deep/rate.ts', 'docs/guide.md', 'docs/x y.md'];
const NEW = ['new.txt', 'src/new.ts', 'docs/näh.md', 'drafts/one.md'];

let template: string;
let work: string;

beforeAll(() => {
  const root = realpathSync(tempDir('fermata-sweeps-'));
  [template, work] = [join(root, 'template'), join(root, 'work')];
  mkdirSync(template);
  plainGit(template, 'init', '-q', '-b', 'main', '--template=');
  for (const file of TRACKED) write(template, file, `${file}\n`);
  plainGit(template, 'add', '-A');
  plainGit(template, 'commit', '-q', '-m', 'one');
  plainGit(template, 'branch', 'topic');
  write(template, 'a.txt', 'second\n');
  plainGit(template, 'commit', '-q', '-am', 'two');
  plainGit(template, 'config', 'alias.all', 'add -A');
  plainGit(template, 'config', 'alias.wip', '!git add -A && git commit -q -m wip');
});
afterAll(removeTempDirs);

function write(root: string, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function apply(root: string, file: string, change: Change, nonce: string): void {
  if (change === 'deleted') return rmSync(join(root, file));
  write(root, file, `${nonce}\n`);
  if (change === 'staged' || change === 'stagedAndEdited' || change === 'newStaged') plainGit(root, 'add', '--', file);
  if (change === 'stagedAndEdited') write(root, file, `${nonce} more\n`);
}

const place = fc.constantFrom('', '', '', 'cd src && ', 'cd docs; ', '(cd src && true); ', 'cd src/deep && cd .. && ');
const quoted = (path: string): string => (/[^\w./-]/.test(path) ? `'${path}'` : path);
const path = fc.oneof(
  fc.constantFrom(...TRACKED, ...NEW).map(quoted),
  fc.constantFrom('.', 'src', 'docs', 'src/deep', "'src/*.ts'", '*', ':/', "':(top)docs'", "'*.md'", 'drafts'),
);
const paths = fc.array(path, { minLength: 1, maxLength: 2 }).map((all) => all.join(' '));
const exclusion = fc.constantFrom('', '', " ':!src'", " ':(exclude)docs/guide.md'");
const of = (...texts: string[]) => fc.constantFrom(...texts);
const withPaths = (verb: string, ...options: string[]) =>
  fc
    .tuple(of(...options), of('', '-- '), paths)
    .map(([option, dashes, names]) => `${verb} ${option} ${dashes}${names}`);

/** Commands as agents write them. Those of pushes and branches are about branches, which the units of the judgement try. */
const command = fc
  .tuple(
    place,
    of('', '', '', 'env X=1 ', 'command ', 'timeout 20 '),
    fc.oneof(
      of(
        'git add -A',
        'git add .',
        'git add -u',
        'git add --all',
        'git add',
        'git all',
        'git wip',
        'git status',
        'git diff',
      ),
      fc.tuple(withPaths('git add', '', '-u', '-A', '-n', '-f'), exclusion).map(([text, not]) => text + not),
      of(
        'git commit -q -m x',
        'git commit -qam x',
        'git commit -a --dry-run',
        'git commit -q --amend --no-edit',
        'git commit -qm "add -A"',
      ),
      withPaths('git commit -q -m x', '', '-i', '-o'),
      of(
        'git stash',
        'git stash -u',
        'git stash push',
        'git stash -k',
        'git stash list',
        'git stash --staged',
        'git stash save later',
      ),
      withPaths('git stash push', '', '-u', '-k', '-m text'),
      of(
        'git checkout topic',
        'git checkout main',
        'git checkout -q -b fresh',
        'git checkout -f topic',
        'git checkout',
        'git checkout -f',
        'git checkout --detach',
        'git checkout HEAD~1',
      ),
      withPaths('git checkout', '', 'HEAD', 'topic'),
      of('git switch topic', 'git switch main', 'git switch -c fresh', 'git switch -f topic', 'git switch --detach'),
      withPaths('git restore', '', '--staged', '-SW', '--source=HEAD~1', '--worktree'),
      of(
        'git reset --hard',
        'git reset -q --hard HEAD~1',
        'git reset -q',
        'git reset --soft HEAD~1',
        'git reset --merge',
        'git reset --keep HEAD~1',
        'git reset -q HEAD~1',
        'git reset --hard topic',
      ),
      withPaths('git reset -q', '', 'HEAD', 'topic'),
      of(
        'git clean -f',
        'git clean -fd',
        'git clean -n',
        'git clean',
        'git clean -fdx',
        'git clean -ffd',
        'git clean -fX',
      ),
      withPaths('git clean', '-f', '-fd', '-n'),
      of(
        'git rebase topic',
        'git rebase HEAD~1',
        'git rebase --autostash topic',
        'git merge topic',
        'git merge --abort',
        'git rebase --abort',
        'git cherry-pick --abort',
        'git pull',
        'git revert --no-edit HEAD',
      ),
      withPaths('git rm -q', '', '-f', '--cached', '-rf', '-r --cached'),
      fc.tuple(path).map(([name]) => `git mv ${name} moved`),
      of(
        'git log -1',
        'git show --stat',
        'git branch fresh',
        'git tag t',
        'git fetch',
        'git -C src add .',
        'git -C docs stash',
        "git -c alias.q='add -A' q",
        "bash -c 'git add .'",
      ),
    ),
  )
  .map((parts) => parts.join(''));

/** All that may be taken of files: what is in the folder, in the index, and in the latest commit, by path. */
interface Seen {
  bytes: Map<string, string>;
  index: Map<string, string>;
  committed: Map<string, string>;
}

function seen(root: string, files: readonly string[]): Seen {
  const there = files.filter((file) => existsSync(join(root, file)));
  // `mode hash stage\tpath` and `mode type hash\tpath`
  const rows = (text: string, column: number): Map<string, string> =>
    new Map(
      text.split('\0').map((row) => [row.split('\t')[1] ?? '', row.split('\t')[0]?.split(' ')[column] ?? ''] as const),
    );
  return {
    bytes: new Map(there.map((file) => [file, readFileSync(join(root, file), 'utf8')])),
    index: rows(plainGit(root, 'ls-files', '-s', '-z'), 1),
    committed: rows(plainGit(root, 'ls-tree', '-r', '-z', 'HEAD'), 2),
  };
}

/** Whether what was not committed of a file is not as it was: changed, staged or not any more, or committed. */
function isTaken(file: string, before: Seen, after: Seen): boolean {
  const index = before.index.get(file);
  const isCommitted = after.committed.get(file) === index && before.committed.get(file) !== index;
  return before.bytes.get(file) !== after.bytes.get(file) || index !== after.index.get(file) || isCommitted;
}

const branchOf = (root: string): string | undefined =>
  /^ref: refs\/heads\/(.+)$/m.exec(readFileSync(join(root, '.git', 'HEAD'), 'utf8'))?.[1];

function entryOf(root: string, files: readonly string[]): Uncommitted {
  const out = plainGit(root, 'status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames');
  const status = new Map(out.split('\0').map((row) => [row.slice(3), row.slice(0, 2)]));
  const uncommitted = files.flatMap((file) => {
    const letters = status.get(file);
    return letters === undefined ? [] : [{ path: file, status: letters }];
  });
  const config = { 'alias.all': 'add -A', 'alias.wip': '!git add -A && git commit -q -m wip' };
  const branch = branchOf(root);
  return { worker: 'W1', name: 'B', root, files: uncommitted, config, ...(branch !== undefined && { branch }) };
}

/** A verdict and what has happened, of each history. */
interface Tried {
  command: string;
  says: string[];
  took: string[];
  code: number | null;
}

function attempt(theirs: readonly [string, Change][], ours: readonly [string, Change][], text: string): Tried {
  rmSync(work, { recursive: true, force: true });
  cpSync(template, work, { recursive: true });
  const isNew = (file: string): boolean => NEW.includes(file);
  const done = new Set<string>();
  for (const [file, change] of [...theirs, ...ours]) {
    if (done.has(file)) continue;
    done.add(file);
    apply(
      work,
      file,
      isNew(file)
        ? change === 'staged' || change === 'newStaged'
          ? 'newStaged'
          : 'new'
        : change === 'new'
          ? 'edited'
          : change,
      `${file} ${change}`,
    );
  }
  const files = [...new Set(theirs.map(([file]) => file))];
  const entry = entryOf(work, files);
  const isFolder = (folder: string): boolean => statOf(folder)?.isDirectory() === true;
  const swept = sweepsOf(readCommand(text), { cwd: work, inOrder: changesInOrder(text), isFolder }, readCommand)(entry);
  const watched = entry.files.map(({ path: file }) => file);
  const before = seen(work, watched);
  const branch = branchOf(work);
  const { status: code } = spawnSync('bash', ['-c', text], {
    cwd: work,
    env: plainGitEnv,
    stdio: 'pipe',
    timeout: 120_000,
  });
  const moved = branchOf(work) !== branch;
  const after = seen(work, watched);
  const took = watched.filter((file) => moved || isTaken(file, before, after));
  return { command: text, says: swept?.files.map(({ path: file }) => file) ?? [], took, code };
}

test(
  'no command passes that takes what another has not committed, and none is named that takes nothing',
  { timeout: 600_000 },
  () => {
    const changes = (files: readonly string[]) => fc.tuple(fc.constantFrom(...files), fc.constantFrom(...CHANGES));
    const tried: Tried[] = [];
    fc.assert(
      fc.property(
        fc.array(changes([...TRACKED, ...NEW]), { minLength: 1, maxLength: 3 }),
        fc.array(changes([...TRACKED, ...NEW]), { maxLength: 3 }),
        command,
        (theirs, ours, text) => {
          const result = attempt(theirs, ours, text);
          tried.push(result);
          expect({ text, missed: result.took.filter((file) => !result.says.includes(file)) }).toEqual({
            text,
            missed: [],
          });
        },
      ),
      { numRuns: sized(50, 200), seed: 1 },
    );
    const falseAlarms = tried.filter(({ says, took }) => says.length > 0 && took.length === 0);
    // git refuses many of them by itself
    const ran = falseAlarms.filter(({ code }) => code === 0);
    expect(tried.filter(({ took }) => took.length > 0).length).toBeGreaterThan(tried.length / 5);
    expect(ran.map(({ command: text, says }) => `${text}: ${says.join()}`).slice(tried.length / 20)).toEqual([]);
  },
);
