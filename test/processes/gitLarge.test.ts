import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { HookRepository } from '#cli/gitHook/hookRepository.ts';
import { findGit } from '#core/install/executables.ts';
import { GitWatch } from '#gitWatch/gitWatch.ts';
import { git, GitWatchStage } from '#test/lib/gitWatchStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { sized } from '#test/lib/stress/size.ts';

// `npm run test:long` runs it with half a million files

const FILES = sized(20_000, 500_000);
const IN_FOLDER = 1000;

let stage: GitWatchStage;
let project: string;
beforeEach(() => {
  stage = new GitWatchStage();
  ({ project } = stage);
});
afterEach(removeTempDirs);

const nameOf = (i: number): string => `d${Math.floor(i / IN_FOLDER)}/f${i % IN_FOLDER}.ts`;

/** A repository with that many files of one content in its index, of which only the first folder is checked out. */
function largeRepository(): void {
  git(project, 'init', '-q', '-b', 'main');
  const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], { cwd: project, input: 'one\n' })
    .toString()
    .trim();
  const rows = Array.from({ length: FILES }, (_, i) => `100644 ${blob} 0\t${nameOf(i)}`);
  execFileSync('git', ['update-index', '--index-info'], { cwd: project, input: `${rows.join('\n')}\n` });
}

test('in a large repository the files of an agent are known, and what a commit takes', async () => {
  largeRepository();
  const repository = new HookRepository(findGit(stage.env, []) ?? '', project, stage.env);
  // the first commit has all of them
  expect(repository.staged().size).toBe(FILES);
  git(project, 'commit', '-q', '-m', 'one');
  git(project, 'sparse-checkout', 'set', 'd0');
  git(project, 'read-tree', '-mu', 'HEAD');
  stage.session('s1');
  stage.session('s2');
  stage.edits(stage.transcriptOf('s2'), join(project, 'd0', 'f1.ts'), 'two\n');
  mkdirSync(join(project, 'd1'), { recursive: true });
  writeFileSync(join(project, 'd1', 'not-of-an-agent.ts'), 'x\n');
  const watch = new GitWatch(stage);
  await stage.until(watch, 'its file', () => stage.files('s1').join() === ' M:d0/f1.ts', 60_000);
  expect(stage.known('s1')[0]?.unseen).toBeUndefined();
  git(project, 'add', 'd0/f1.ts');
  expect([...repository.staged()]).toEqual(['d0/f1.ts']);
  await stage.until(watch, 'it is staged', () => stage.files('s1').join() === 'M :d0/f1.ts', 60_000);
  git(project, 'commit', '-q', '-m', 'two');
  await stage.until(watch, 'nothing', () => stage.known('s1').length === 0, 60_000);
});
