import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { append } from '#core/log/append.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { publish } from '#core/session/publish.ts';
import { GitWatch } from '#gitWatch/gitWatch.ts';
import type { MergePair } from '#protocol/state.ts';
import { eventsOf, stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let root: string;
let home: string;
let project: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  root = realpathSync(tempDir('fermata-merges-'));
  [home, project] = [join(root, '.fermata'), join(root, 'shop')];
  mkdirSync(join(home, 'sessions'), { recursive: true });
  env = { PATH: process.env['PATH'], HOME: root, CLAUDE_CONFIG_DIR: join(root, '.claude') };
});
afterEach(removeTempDirs);

const git = (folder: string, ...args: string[]): string =>
  execFileSync(
    'git',
    ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'protocol.file.allow=always', ...args],
    {
      cwd: folder,
      stdio: 'pipe',
      env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' },
    },
  )
    .toString()
    .trim();

const LINES = Array.from({ length: 12 }, (_, i) => `line ${i}`).join('\n');

function repository(folder = project): void {
  mkdirSync(folder, { recursive: true });
  git(folder, 'init', '-q', '-b', 'main');
  writeFileSync(join(folder, 'cart.ts'), LINES);
  writeFileSync(join(folder, 'logo.png'), Buffer.from([0, 1, 2, 3]));
  commit(folder, 'one');
}

function commit(folder: string, message = 'more'): void {
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '--allow-empty', '-m', message);
}

function worktree(name: string, ...args: string[]): string {
  const folder = join(root, name);
  git(project, 'worktree', 'add', '-q', ...(args.length > 0 ? args : ['-b', name]), folder);
  return folder;
}

function change(folder: string, file: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
  commit(folder);
}

const transcriptOf = (id: string): string => join(root, '.claude', 'projects', 'shop', `${id}.jsonl`);

/** A session whose Claude is this very process. */
function session(id: string, cwd: string): void {
  const dir = sessionDir(home, id);
  mkdirSync(dir, { recursive: true });
  mkdirSync(dirname(transcriptOf(id)), { recursive: true });
  writeFileSync(sessionPaths(dir).log, `{"t":"open","format":1,"nonce":"${id}"}\n`);
  append(dir, Date.now(), { t: 'session', session: id, cwd, transcript: transcriptOf(id), source: 'startup' });
  const pid = process.pid;
  const started = Date.now();
  writeSessionInfo(dir, { session: id, project: cwd, pid, startTime: startTimeOf(pid), host: hostIdentity(), started });
}

const known = (id: string): MergePair[] => [...stateOf(sessionDir(home, id)).merges.values()];
const answers = (id: string): string =>
  known(id)
    .map(({ a, b, answer, files = [], why = '' }) =>
      [[a, b].map(({ branch, ref, commit: at }) => branch ?? ref ?? at?.slice(0, 4)).join('+'), answer, ...files, why]
        .filter(Boolean)
        .join(' '),
    )
    .toSorted()
    .join('; ');

const watching = (): GitWatch => new GitWatch({ home, env });

/** Lets the watch look until the log of a session has it. */
async function until(watch: GitWatch, id: string, expected: string): Promise<void> {
  let last = '';
  const condition = (): boolean => {
    watch.look();
    last = answers(id);
    return last === expected;
  };
  await waitFor(condition, { describe: expected, timeoutMs: 100_000, intervalMs: 50 }).catch(() =>
    expect(last).toBe(expected),
  );
}

/** Two sessions in two worktrees, each with a commit of its own. */
function two(first: (folder: string) => void, second: (folder: string) => void): void {
  repository();
  const [a, b] = [worktree('a'), worktree('b')];
  first(a);
  second(b);
  session('s1', a);
  session('s2', b);
}

test('a conflict shows in the logs of both while both work, and goes when it is solved or one has ended', async () => {
  two(
    (a) => change(a, 'cart.ts', LINES.replace('line 3', 'a')),
    (b) => change(b, 'cart.ts', LINES.replace('line 9', 'b')),
  );
  const watch = watching();
  await until(watch, 's1', 'a+b clean');
  await until(watch, 's2', 'a+b clean');
  change(join(root, 'b'), 'cart.ts', LINES.replace('line 3', 'b'));
  await until(watch, 's1', 'a+b conflict cart.ts');
  const [pair] = known('s1');
  expect(pair?.a).toMatchObject({ root: join(root, 'a'), names: expect.arrayContaining(['a']) as unknown });
  expect(pair?.a.agents?.map(({ worker, session: of }) => [worker, of])).toEqual([['conductor', undefined]]);
  expect(pair?.b.agents?.map(({ worker, session: of }) => [worker, of])).toEqual([['conductor', 's2']]);
  await until(watch, 's2', 'a+b conflict cart.ts');
  change(join(root, 'b'), 'cart.ts', LINES.replace('line 9', 'b'));
  await until(watch, 's1', 'a+b clean');
  change(join(root, 'b'), 'cart.ts', LINES.replace('line 3', 'b'));
  await until(watch, 's1', 'a+b conflict cart.ts');
  publish(sessionDir(home, 's2'), Date.now(), { t: 'end', reason: 'prompt_input_exit' });
  await until(watch, 's1', '');
  await until(watch, 's2', '');
  // nothing is left in the repository
  expect(
    git(project, 'fsck', '--unreachable', '--no-reflogs')
      .split('\n')
      .filter((line) => line.includes('tree')),
  ).toEqual([]);
});

test('nothing is written again where nothing has changed, also by a watch that comes later', async () => {
  two(
    (a) => change(a, 'cart.ts', 'a'),
    (b) => change(b, 'cart.ts', 'b'),
  );
  await until(watching(), 's1', 'a+b conflict cart.ts');
  await until(watching(), 's2', 'a+b conflict cart.ts');
  const lines = eventsOf(sessionDir(home, 's1')).length;
  const watch = watching();
  let looks = 0;
  await waitFor(
    () => {
      watch.look();
      return ++looks > 20;
    },
    { describe: 'twenty looks', timeoutMs: 100_000, intervalMs: 20 },
  );
  expect(eventsOf(sessionDir(home, 's1'))).toHaveLength(lines);
});

describe('what is a conflict', () => {
  const library = (): void => {
    const folder = join(root, 'library');
    repository(folder);
    git(project, 'submodule', 'add', '-q', folder, 'lib');
    commit(project);
  };
  const bump = (folder: string, text: string): void => {
    git(folder, 'submodule', 'update', '-q', '--init');
    change(join(folder, 'lib'), 'cart.ts', text);
    commit(folder);
  };
  test.each<[string, string, (folder: string) => void, (folder: string) => void]>([
    ['content', 'conflict cart.ts', (a) => change(a, 'cart.ts', 'a'), (b) => change(b, 'cart.ts', 'b')],
    ['added twice', 'conflict new.ts', (a) => change(a, 'new.ts', 'a'), (b) => change(b, 'new.ts', 'b')],
    ['added twice alike', 'clean', (a) => change(a, 'new.ts', 'x'), (b) => change(b, 'new.ts', 'x')],
    [
      'changed and deleted',
      'conflict cart.ts',
      (a) => change(a, 'cart.ts', 'a'),
      (b) => {
        rmSync(join(b, 'cart.ts'));
        commit(b);
      },
    ],
    [
      'renamed and deleted',
      'conflict trolley.ts',
      (a) => {
        git(a, 'mv', 'cart.ts', 'trolley.ts');
        commit(a);
      },
      (b) => {
        rmSync(join(b, 'cart.ts'));
        commit(b);
      },
    ],
    [
      'renamed and changed',
      'clean',
      (a) => {
        git(a, 'mv', 'cart.ts', 'trolley.ts');
        commit(a);
      },
      (b) => change(b, 'cart.ts', LINES.replace('line 3', 'b')),
    ],
    [
      'binary',
      'conflict logo.png',
      (a) => change(a, 'logo.png', Buffer.from([0, 9])),
      (b) => change(b, 'logo.png', Buffer.from([0, 8])),
    ],
    [
      'a file and a link',
      'conflict cart.ts',
      (a) => change(a, 'cart.ts', 'a'),
      (b) => {
        rmSync(join(b, 'cart.ts'));
        symlinkSync('logo.png', join(b, 'cart.ts'));
        commit(b);
      },
    ],
    [
      'a mode of each',
      'clean',
      (a) => {
        chmodSync(join(a, 'cart.ts'), 0o755);
        commit(a);
      },
      (b) => change(b, 'cart.ts', LINES.replace('line 3', 'b')),
    ],
    [
      'added twice with two modes',
      'conflict run.sh',
      (a) => change(a, 'run.sh', 'x'),
      (b) => {
        writeFileSync(join(b, 'run.sh'), 'y');
        chmodSync(join(b, 'run.sh'), 0o755);
        commit(b);
      },
    ],
    [
      'a name with a line break and quotes',
      'conflict two\nlines "and" ü.ts',
      (a) => change(a, 'two\nlines "and" ü.ts', 'a'),
      (b) => change(b, 'two\nlines "and" ü.ts', 'b'),
    ],
  ])('%s: %s', async (_name, expected, first, second) => {
    two(first, second);
    await until(watching(), 's1', `a+b ${expected}`);
  });

  test('a submodule', async () => {
    repository();
    library();
    const [a, b] = [worktree('a'), worktree('b')];
    bump(a, 'a');
    bump(b, 'b');
    session('s1', a);
    session('s2', b);
    await until(watching(), 's1', 'a+b conflict lib');
  });

  test('a name that is no UTF-8', async () => {
    two(
      () => undefined,
      () => undefined,
    );
    for (const name of ['a', 'b']) {
      writeFileSync(Buffer.concat([Buffer.from(join(root, name, 'caf')), Buffer.from([0xe9])]), name);
      commit(join(root, name));
    }
    await until(watching(), 's1', 'a+b conflict caf\ufffd');
  });
});

test('a detached head is as good as a branch, and a locked index is in nobody’s way', async () => {
  repository();
  const [a, b] = [worktree('a', '--detach'), worktree('b')];
  change(a, 'cart.ts', 'a');
  change(b, 'cart.ts', 'b');
  writeFileSync(join(project, '.git', 'index.lock'), '');
  writeFileSync(join(project, '.git', 'worktrees', 'b', 'index.lock'), '');
  session('s1', a);
  session('s2', b);
  await until(watching(), 's1', `${git(a, 'rev-parse', 'HEAD').slice(0, 4)}+b conflict cart.ts`);
});

test('worktrees of a bare repository, and packed refs', async () => {
  const [bare, a, b] = [join(root, 'bare.git'), join(root, 'a'), join(root, 'b')];
  repository();
  git(root, 'clone', '-q', '--bare', project, bare);
  for (const [name, folder] of Object.entries({ a, b })) {
    git(bare, 'worktree', 'add', '-q', '-b', name, folder);
    change(folder, 'cart.ts', name);
  }
  git(bare, 'pack-refs', '--all');
  session('s1', a);
  session('s2', b);
  session('s3', bare);
  await until(watching(), 's1', 'a+b conflict cart.ts');
  expect(known('s3')).toEqual([]);
});

test('a branch without a commit', async () => {
  repository();
  const a = worktree('a');
  git(project, 'checkout', '-q', '--orphan', 'fresh');
  session('s1', a);
  session('s2', project);
  await until(watching(), 's1', 'a+fresh unknown there is no commit yet');
});

test('histories that have nothing in common', async () => {
  repository();
  const [a, b] = [worktree('a'), worktree('b', '--detach')];
  git(b, 'checkout', '-q', '--orphan', 'other');
  change(b, 'cart.ts', 'b');
  session('s1', a);
  session('s2', b);
  await until(watching(), 's1', 'a+other unknown refusing to merge unrelated histories');
});

test('agents of one session, by their worktrees; and one agent is no pair', async () => {
  repository();
  const [a, b] = [worktree('a'), worktree('b')];
  change(a, 'cart.ts', 'a');
  change(b, 'cart.ts', 'b');
  session('s1', project);
  const dir = sessionDir(home, 's1');
  publish(dir, Date.now(), { t: 'spawn', worker: 'W1', task: 'Round prices', pid: process.pid, cwd: a });
  publish(dir, Date.now(), { t: 'spawn', worker: 'W2', task: 'Add the tax', pid: process.pid, cwd: join(b) });
  const watch = watching();
  await until(watch, 's1', 'a+b conflict cart.ts; a+main clean; b+main clean');
  publish(dir, Date.now(), { t: 'exit', worker: 'W2', code: 0 });
  await until(watch, 's1', 'a+main clean');
  publish(dir, Date.now(), { t: 'exit', worker: 'W1', code: 0 });
  await until(watch, 's1', '');
});

test('what a condition waits for is looked at though nobody works there: branches, commits, what is not there', async () => {
  repository();
  const a = worktree('a');
  change(a, 'cart.ts', 'a');
  git(project, 'branch', 'feature+x', 'a');
  change(project, 'cart.ts', 'main');
  session('s1', project);
  const dir = sessionDir(home, 's1');
  const at = git(project, 'rev-parse', 'a');
  const block = (until: string): void =>
    publish(dir, Date.now(), { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'wait', until });
  for (const name of ['feature+x+main', `${at.slice(0, 12)}+feature+x`, 'nope+main']) block(`mergeable:${name}`);
  await until(
    watching(),
    's1',
    `${at.slice(0, 12)}+refs/heads/feature+x clean; refs/heads/feature+x+main conflict cart.ts; refs/heads/nope+main unknown there is no nope`,
  );
  const open = [...stateOf(dir).blocks.values()].map((each) => each.open !== undefined);
  expect(open).toEqual([false, true, false]);
});

test('with fermata.git off nothing is looked at, and a condition is told so', async () => {
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ git: 'off' }));
  two(
    (a) => change(a, 'cart.ts', 'a'),
    (b) => change(b, 'cart.ts', 'b'),
  );
  const waits = { event: 'Stop', exit: 2, message: 'wait', until: 'mergeable:a+b' };
  publish(sessionDir(home, 's1'), Date.now(), { t: 'hook', worker: 'user', ...waits });
  const watch = watching();
  await waitFor(() => (watch.look(), known('s1').length > 0), { describe: 'an answer', timeoutMs: 100_000 });
  expect(known('s1')[0]).toMatchObject({ answer: 'unknown', why: 'the setting fermata.git is off' });
  expect(known('s2')).toEqual([]);
});

test('a merge driver that the repository names is not run', async () => {
  two(
    (a) => change(a, 'cart.ts', 'a'),
    (b) => change(b, 'cart.ts', 'b'),
  );
  const mark = join(root, 'mark');
  git(project, 'config', 'merge.evil.driver', `touch ${mark}`);
  writeFileSync(join(project, '.git', 'info', 'attributes'), '*.ts merge=evil\n');
  await until(watching(), 's1', 'a+b unknown its configuration names a merge driver');
  expect(readdirSync(root)).not.toContain('mark');
});

/** A stand-in for git, first on PATH. */
function program(script: string): void {
  const bin = join(root, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'git'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, 'git'), 0o755);
  env['PATH'] = `${bin}:${process.env['PATH']}`;
}

const REAL = execFileSync('sh', ['-c', 'command -v git']).toString().trim();
const except = (verb: string, script: string): string =>
  `case " $* " in *" ${verb} "*) ${script};; esac\nexec ${REAL} "$@"`;

test.each([
  ['no git', () => (env['PATH'] = '/nowhere'), 'there is no git on PATH'],
  [
    'git of 2.25',
    () =>
      // it takes the two trees and the base of the three words that it knows
      program(except('--show-scope', 'echo core.bare; exit 0')),
    'git 2.38 or newer is needed',
  ],
  [
    'git of 2.37',
    () => program(except('merge-tree', 'echo "usage: git merge-tree <base-tree> <branch1> <branch2>" >&2; exit 129')),
    'git 2.38 or newer is needed',
  ],
  [
    'a git that prints something else',
    () => program(except('merge-tree', 'echo merged; exit 0')),
    'git 2.38 or newer is needed',
  ],
  [
    'a git that fails',
    () => program(except('merge-tree', 'echo "fatal: the disk is gone" >&2; exit 128')),
    'the disk is gone',
  ],
  ['a git that takes 30 s', () => program(except('merge-tree', 'exec sleep 30')), 'it took too long'],
])('%s: not looked at, with the reason', async (_name, prepare, why) => {
  two(
    (a) => change(a, 'cart.ts', 'a'),
    (b) => change(b, 'cart.ts', 'b'),
  );
  prepare();
  await until(
    new GitWatch({ home, env, mergeMs: why.startsWith('it took') ? 1000 : 30_000 }),
    's1',
    `a+b unknown ${why}`,
  );
});

test('a large repository is looked at, and the names of many files in conflict are cut', async () => {
  repository();
  for (let i = 0; i < 40; i++) {
    mkdirSync(join(project, `d${i}`));
    for (let j = 0; j < 50; j++) writeFileSync(join(project, `d${i}`, `f${j}`), `${i} ${j}`);
  }
  commit(project);
  const [a, b] = [worktree('a'), worktree('b')];
  for (const folder of [a, b]) {
    for (let j = 0; j < 50; j++) writeFileSync(join(folder, 'd7', `f${j}`), folder);
    commit(folder);
  }
  session('s1', a);
  session('s2', b);
  const watch = watching();
  await waitFor(() => (watch.look(), known('s1').length > 0), { describe: 'an answer', timeoutMs: 100_000 });
  expect(known('s1')[0]).toMatchObject({ answer: 'conflict', more: 30 });
  expect(known('s1')[0]?.files).toHaveLength(20);
});

test('the folder of a worktree that has gone, and a git file that leads nowhere, are no pair', async () => {
  two(
    (a) => change(a, 'cart.ts', 'a'),
    (b) => change(b, 'cart.ts', 'b'),
  );
  const watch = watching();
  await until(watch, 's1', 'a+b conflict cart.ts');
  renameSync(join(root, 'b'), join(root, 'moved'));
  await until(watch, 's1', '');
  mkdirSync(join(root, 'b'));
  appendFileSync(join(root, 'b', '.git'), 'gitdir: /nowhere/at/all\n');
  let looks = 0;
  await waitFor(() => (watch.look(), ++looks > 10), { describe: 'ten looks', timeoutMs: 100_000, intervalMs: 150 });
  expect(answers('s1')).toBe('');
});
