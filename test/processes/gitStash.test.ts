import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { statOf } from '#core/base/files/facts.ts';
import { sessionDir } from '#core/base/paths.ts';
import { sweepsOf } from '#core/policy/git/sweeps.ts';
import { changesInOrder } from '#core/policy/shell/changesInOrder.ts';
import { readCommand } from '#core/policy/shell/readCommand.ts';
import { takesText } from '#core/projection/uncommittedText.ts';
import { publish } from '#core/session/publish.ts';
import { GitWatch } from '#gitWatch/gitWatch.ts';
import { git, GitWatchStage } from '#test/lib/gitWatchStage.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let stage: GitWatchStage;
let project: string;
let other: string;
beforeEach(() => {
  stage = new GitWatchStage();
  ({ project } = stage);
  other = join(stage.root, 'other');
  stage.repository();
  git(project, 'worktree', 'add', '-q', '-b', 'topic', other);
});
afterEach(removeTempDirs);

const entries = (): string[] => git(project, 'stash', 'list', '--format=%H').split('\n').filter(Boolean);
const stashes = (id: string): string[] =>
  stage.known(id).flatMap(({ stash = [] }) => stash.map(({ commit }) => commit));
const nameOf = (id: string): string[] => stage.known(id).flatMap(({ stash, name }) => (stash ? [name] : []));

/** What a session is told of a command that one of its agents is about to run. */
function told(id: string, command: string, cwd = project): string[] {
  const isFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
  const sweeps = sweepsOf(readCommand(command), { cwd, inOrder: changesInOrder(command), isFolder }, readCommand);
  return stage.known(id).flatMap((entry) => {
    const swept = sweeps(entry);
    return swept === undefined ? [] : [takesText(entry, swept, Date.now())];
  });
}

/** A session with a title, in the worktree or the checkout. */
function titled(id: string, title: string, cwd: string, started = Date.now()): void {
  stage.session(id, cwd, started);
  appendFileSync(
    stage.transcriptOf(id),
    `${JSON.stringify({ type: 'custom-title', customTitle: title, sessionId: id })}\n`,
  );
}

test('an entry is of the agent whose call made it, also in another worktree, until it is gone', async () => {
  titled('s1', 'Tidy up', project);
  titled('s2', 'Fix the rounding', other);
  const watch = new GitWatch(stage);
  writeFileSync(join(other, 'cart.ts'), 'rounded\n');
  stage.runs(stage.transcriptOf('s2'), other, 'git stash');
  await stage.until(watch, 'the entry', () => stashes('s1').join() === entries().join());
  expect(nameOf('s1')).toEqual(['Fix the rounding']);
  expect(nameOf('s2')).toEqual([]);
  for (const command of [
    'git stash pop',
    'git stash drop',
    'git stash clear',
    'git stash drop stash@{0}',
    'git stash branch x',
  ])
    expect(told('s1', command)).toEqual(['This would take the stash entry that Fix the rounding made (just now).']);
  for (const command of ['git stash apply', 'git stash list', 'git stash show -p', 'git stash pop stash@{1}'])
    expect(told('s1', command)).toEqual([]);
  // of two calls in one second nothing shows which of them made an entry
  const second = Math.floor(Date.now() / 1000);
  await waitFor(() => Math.floor(Date.now() / 1000) > second, { describe: 'the next second', intervalMs: 20 });
  // its own entry is the latest one now
  writeFileSync(join(project, 'cart.ts'), 'tidy\n');
  stage.runs(stage.transcriptOf('s1'), project, 'cd . && git stash push -q -m tidy');
  await stage.until(watch, 'the other entry', () => stashes('s2').length === 1);
  expect(told('s1', 'git stash pop')).toEqual([]);
  expect(told('s1', 'git stash drop 1')).toHaveLength(1);
  expect(told('s2', 'git stash pop', other)).toEqual(['This would take the stash entry that Tidy up made (just now).']);
  git(project, 'stash', 'clear');
  await stage.until(watch, 'nothing', () => stashes('s1').length + stashes('s2').length === 0);
});

test('with hold a block stands for it, and a release holds until there is another entry', async () => {
  writeFileSync(join(stage.home, 'settings.json'), JSON.stringify({ git: 'hold' }));
  titled('s1', 'Tidy up', project);
  titled('s2', 'Fix the rounding', other);
  const dir = sessionDir(stage.home, 's1');
  const watch = new GitWatch(stage);
  const standing = (): string[] =>
    [...stateOf(dir).blocks.values()].filter(({ ended }) => ended === undefined).map(({ id }) => id);
  const put = (text: string): void => {
    writeFileSync(join(other, 'cart.ts'), text);
    stage.runs(stage.transcriptOf('s2'), other, 'git stash');
  };
  put('one more\n');
  await stage.until(watch, 'a block', () => standing().join() === 'B1');
  publish(dir, Date.now(), { t: 'unblock', block: 'B1', by: 'user' });
  put('two more\n');
  await stage.until(watch, 'a block of another entry', () => standing().join() === 'B2');
  git(project, 'stash', 'drop', '-q');
  publish(dir, Date.now(), { t: 'unblock', block: 'B2', by: 'user' });
  git(project, 'stash', 'drop', '-q');
  await stage.until(watch, 'nothing', () => stashes('s1').length === 0);
  expect(standing()).toEqual([]);
});

test('whose an entry is that nobody’s call shows is not guessed, and what is older than a session is not its matter', async () => {
  const began = Date.now();
  writeFileSync(join(project, 'cart.ts'), 'by hand\n');
  git(project, 'stash');
  const made = Number(git(project, 'stash', 'list', '--format=%ct')) * 1000;
  titled('s1', 'Tidy up', project, Math.min(made, began) - 1000);
  titled('s2', 'Fix the rounding', other, made + 60_000);
  const watch = new GitWatch(stage);
  await stage.until(watch, 'the entry', () => stashes('s1').length === 1);
  expect(told('s1', 'git stash pop')[0]).toMatch(
    /^This would take the stash entry of which nothing shows who made it \(/,
  );
  expect(stashes('s2')).toEqual([]);
});

test('two calls in the same second show nothing of whose it is, and one in another repository is none of them', async () => {
  const elsewhere = join(stage.root, 'elsewhere');
  stage.repository(elsewhere);
  titled('s1', 'Tidy up', project, 0);
  titled('s2', 'Fix the rounding', other, 0);
  titled('s3', 'Elsewhere', elsewhere, 0);
  const watch = new GitWatch(stage);
  writeFileSync(join(other, 'cart.ts'), 'rounded\n');
  stage.runs(stage.transcriptOf('s2'), other, 'git stash && sleep 0.1');
  stage.call(stage.transcriptOf('s3'), { name: 'Bash', input: { command: 'git stash' } }, { cwd: elsewhere });
  stage.call(stage.transcriptOf('s1'), { name: 'Bash', input: { command: 'git stash pop' } });
  await stage.until(watch, 'whose it is', () => nameOf('s1').join() === 'Fix the rounding');
  expect(stage.known('s3')).toEqual([]);
  // a call of the other one that was under way then, too
  const from = new Date(Date.now() - 60_000);
  const command = 'npm test; git stash --keep-index';
  stage.call(stage.transcriptOf('s1'), { name: 'Bash', input: { command } }, { cwd: project, from });
  await stage.until(watch, 'it is not known any more', () => nameOf('s1').join() === '' && stashes('s1').length === 1);
});

test('a subagent’s entry is its own while it works, and its session’s afterwards', async () => {
  titled('s1', 'Tidy up', project);
  const dir = sessionDir(stage.home, 's1');
  publish(dir, Date.now(), { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Round prices' });
  writeFileSync(join(project, 'cart.ts'), 'rounded\n');
  const path = join(stage.transcriptOf('s1').replace(/\.jsonl$/, ''), 'subagents', 'agent-a1.jsonl');
  stage.runs(path, project, 'git stash');
  const watch = new GitWatch(stage);
  await stage.until(watch, 'the entry', () => nameOf('s1').join() === 'Round prices');
  expect(stage.known('s1')[0]).toMatchObject({ worker: 'a1', files: [], stash: [{ commit: entries()[0] }] });
  publish(dir, Date.now(), { t: 'done', worker: 'a1' });
  await stage.until(watch, 'it is Claude’s now', () => stage.known('s1').length === 0);
});
