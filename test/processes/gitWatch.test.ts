import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { GitWatch } from '#gitWatch/gitWatch.ts';
import { git, GitWatchStage } from '#test/lib/gitWatchStage.ts';
import { eventsOf, stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let stage: GitWatchStage;
let root: string;
let home: string;
let project: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  stage = new GitWatchStage();
  ({ root, home, project, env } = stage);
});
afterEach(removeTempDirs);

test('what one session edits is known to the others until it is committed', async () => {
  stage.repository();
  stage.session('s1');
  stage.session('s2');
  const watch = new GitWatch({ home, env });
  stage.edits(stage.transcriptOf('s2'), join(project, 'cart.ts'), 'two\n');
  stage.edits(stage.transcriptOf('s2'), join(project, 'new.ts'), 'new\n');
  await stage.until(watch, 'both files', () => stage.files('s1').toSorted().join() === ' M:cart.ts,??:new.ts');
  expect(stage.known('s1')[0]).toMatchObject({ session: 's2', worker: 'conductor', root: project, branch: 'main' });
  expect(stage.known('s2')).toEqual([]);
  git(project, 'add', 'cart.ts');
  await stage.until(watch, 'the staged file', () => stage.files('s1').includes('M :cart.ts'));
  git(project, 'commit', '-q', '-m', 'two');
  await stage.until(watch, 'the other file alone', () => stage.files('s1').join() === '??:new.ts');
  // what somebody else changes there from now on is not theirs
  stage.edits(stage.transcriptOf('s1'), join(project, 'cart.ts'), 'three\n');
  await stage.until(watch, 'it is of the other one', () => stage.files('s2').join() === ' M:cart.ts');
  expect(stage.files('s1')).toEqual(['??:new.ts']);
  rmSync(join(project, 'new.ts'));
  await stage.until(watch, 'nothing is left', () => stage.known('s1').length === 0);
});

test('with hold one block stands for an agent, and ends with it or by a release until there is another file', async () => {
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ git: 'hold' }));
  stage.repository();
  stage.session('s1');
  stage.session('s2');
  const dir = sessionDir(home, 's1');
  const watch = new GitWatch({ home, env });
  const standing = (): string[] =>
    [...stateOf(dir).blocks.values()].filter(({ ended }) => ended === undefined).map(({ id }) => id);
  stage.edits(stage.transcriptOf('s2'), join(project, 'cart.ts'), 'two\n');
  await stage.until(watch, 'a block', () => standing().join() === 'B1');
  publish(dir, Date.now(), { t: 'unblock', block: 'B1', by: 'user' });
  git(project, 'add', 'cart.ts');
  await stage.until(watch, 'it is staged', () => stage.files('s1').join() === 'M :cart.ts');
  expect(standing()).toEqual([]);
  stage.edits(stage.transcriptOf('s2'), join(project, 'b.ts'), 'b\n');
  await stage.until(watch, 'a block of another file', () => standing().join() === 'B2');
  publish(sessionDir(home, 's2'), Date.now(), { t: 'end', reason: 'prompt_input_exit' });
  await stage.until(watch, 'no block of a session that has ended', () => standing().length === 0);
  expect(stateOf(dir).blocks.get('B2')?.ended?.how).toBe('until');
});

test('a subagent’s files are its own while it works, and its session’s afterwards', async () => {
  stage.repository();
  stage.session('s1');
  stage.session('s2');
  const dir = sessionDir(home, 's1');
  publish(dir, Date.now(), { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Round prices' });
  stage.edits(
    join(stage.transcriptOf('s1').replace(/\.jsonl$/, ''), 'subagents', 'agent-a1.jsonl'),
    join(project, 'cart.ts'),
    'two\n',
  );
  const watch = new GitWatch({ home, env });
  await stage.until(watch, 'its own session knows', () => stage.known('s1').length === 1);
  expect(stage.known('s1')[0]).toMatchObject({ worker: 'a1', name: 'Round prices' });
  await stage.until(watch, 'the other one too', () => stage.known('s2')[0]?.session === 's1');
  publish(dir, Date.now(), { t: 'done', worker: 'a1' });
  await stage.until(watch, 'it is Claude’s now', () => stage.known('s1').length === 0);
  expect(stage.files('s2')).toEqual([' M:cart.ts']);
});

test('other worktrees and submodules of a repository are known, other repositories are not', async () => {
  stage.repository();
  const other = join(root, 'other');
  git(project, 'worktree', 'add', '-q', '-b', 'topic', other);
  stage.repository(join(root, 'library'));
  git(project, '-c', 'protocol.file.allow=always', 'submodule', 'add', '-q', join(root, 'library'), 'lib');
  stage.repository(join(root, 'elsewhere'));
  stage.session('s1');
  stage.session('s2', other);
  stage.session('s3', join(root, 'elsewhere'));
  const watch = new GitWatch({ home, env });
  stage.edits(stage.transcriptOf('s2'), join(other, 'cart.ts'), 'two\n');
  stage.edits(stage.transcriptOf('s2'), join(project, 'lib', 'cart.ts'), 'two\n');
  stage.edits(stage.transcriptOf('s3'), join(root, 'elsewhere', 'cart.ts'), 'two\n');
  await stage.until(watch, 'both checkouts', () => stage.known('s1').length === 2);
  const branches = new Map(stage.known('s1').map(({ root: at, branch }) => [at, branch]));
  expect(branches).toEqual(
    new Map([
      [other, 'topic'],
      [join(project, 'lib'), 'main'],
    ]),
  );
  expect(stage.known('s3')).toEqual([]);
});

test('a detached head, a locked index, and names with line breaks are looked at all the same', async () => {
  stage.repository();
  git(project, 'checkout', '-q', '--detach');
  writeFileSync(join(project, '.git', 'index.lock'), '');
  stage.session('s1');
  stage.session('s2');
  stage.edits(stage.transcriptOf('s2'), join(project, 'two\nlines "and" ü.ts'), 'x\n');
  const watch = new GitWatch({ home, env });
  await stage.until(watch, 'its name', () => stage.files('s1').join() === '??:two\nlines "and" ü.ts');
  expect(stage.known('s1')[0]?.branch).toBeUndefined();
});

test('names are what they are: options, patterns, line breaks at the end, and bytes that are no UTF-8', async () => {
  stage.repository();
  stage.session('s1');
  stage.session('s2');
  // Claude names files in UTF-8 alone, so these bytes are another file than the one whose name has the sign for them
  const odd = Buffer.concat([Buffer.from(`${project}/caf`), Buffer.from([0xe9]), Buffer.from('.ts')]);
  writeFileSync(odd, 'one\n');
  git(project, 'add', '-A');
  git(project, 'commit', '-q', '-m', 'odd');
  writeFileSync(odd, 'two\n');
  const names = ['-A', ':(top)x', ' a ', 'end\n', '*.ts', 'caf\ufffd.ts', 'tab\t"quote"', '-> b'];
  for (const name of names) stage.edits(stage.transcriptOf('s2'), join(project, name), 'x\n');
  const watch = new GitWatch({ home, env });
  const expected = names.map((name) => `??:${name}`).toSorted();
  await stage.until(watch, 'all of them', () => stage.files('s1').toSorted().join('|') === expected.join('|'));
  git(project, 'add', '--', ...names.map((name) => `:(literal)${name}`));
  git(project, 'commit', '-q', '-m', 'names');
  await stage.until(watch, 'nothing', () => stage.known('s1').length === 0);
});

test.each([
  ['no git', () => (env['PATH'] = '/nowhere'), 'there is no git on PATH'],
  ['git of 2.25', () => stage.program(`printf '%s' "core.bare"`), 'git is older than 2.31'],
  ['git that fails', () => stage.program('echo "fatal: the disk is gone" >&2; exit 128'), 'the disk is gone'],
  ['git that takes 30 s', () => stage.program('exec sleep 30'), 'it took too long'],
])('with %s the files are those that were edited, and it is said why', async (_name, prepare, reason) => {
  stage.repository();
  prepare();
  stage.session('s1');
  stage.session('s2');
  stage.edits(stage.transcriptOf('s2'), join(project, 'cart.ts'), 'two\n');
  const watch = new GitWatch({ home, env });
  await stage.until(watch, 'the file', () => stage.known('s1')[0]?.unseen === reason, 120_000);
  expect(stage.files('s1')).toEqual([':cart.ts']);
});

test('what is in a bare repository, in none, or not there is nobody’s', async () => {
  mkdirSync(join(root, 'bare'));
  git(join(root, 'bare'), 'init', '-q', '--bare');
  stage.repository();
  stage.session('s1');
  stage.session('s2');
  stage.edits(stage.transcriptOf('s2'), join(root, 'bare', 'x.ts'), 'x\n');
  stage.edits(stage.transcriptOf('s2'), join(root, 'plain', 'x.ts'), 'x\n');
  stage.edits(stage.transcriptOf('s2'), join(project, 'cart.ts'), 'two\n');
  const watch = new GitWatch({ home, env });
  await stage.until(watch, 'the one file', () => stage.files('s1').join() === ' M:cart.ts');
});

test('a watch that comes later takes away what nobody has any more, and repeats nothing', async () => {
  stage.repository();
  stage.session('s1');
  stage.session('s2');
  const dir = sessionDir(home, 's1');
  const stale = { worker: 'conductor', session: 'gone', name: 'x', root: project, files: [{ path: 'cart.ts' }] };
  publish(dir, Date.now(), { t: 'uncommitted', ...stale });
  stage.edits(stage.transcriptOf('s2'), join(project, 'cart.ts'), 'two\n');
  await stage.until(
    new GitWatch({ home, env }),
    'the present one',
    () => stage.known('s1').length === 1 && stage.known('s1')[0]?.session === 's2',
  );
  const lines = eventsOf(dir).length;
  const second = new GitWatch({ home, env });
  const looks = { count: 0 };
  await stage.until(second, 'ten looks', () => ++looks.count > 10);
  expect(eventsOf(dir)).toHaveLength(lines);
  expect(readFileSync(sessionPaths(dir).log, 'utf8')).not.toContain('"unseen"');
});
