import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sessionDir } from '#core/base/paths.ts';
import { publishCommand } from '#core/session/flags.ts';
import { GitWatch } from '#gitWatch/gitWatch.ts';
import { GitHookStage } from '#test/lib/gitHookStage.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

let stage: GitHookStage;
beforeEach(() => {
  stage = new GitHookStage();
  stage.repository();
  expect(stage.fermata('git-hooks', 'install')).toMatchObject({ code: 0 });
});
afterEach(() => {
  stage.close();
  removeTempDirs();
});

const commits = (): string => stage.git('log', '--format=%s').trim().replaceAll('\n', ' ');
/** A branch with a commit, which is not in main. */
function branch(name: string): void {
  stage.git('checkout', '-q', '-b', name);
  stage.write(`${name}.ts`, `${name}\n`);
  stage.git('add', '-A');
  stage.git('commit', '-q', '-m', name);
  stage.git('checkout', '-q', 'main');
}

test('a sweep by a script is stopped while another session has edits, and passes after its commit', async () => {
  const [a, b] = ['s1', 's2'];
  const transcript = join(stage.root, '.claude', 'projects', 'shop', 's2.jsonl');
  stage.session(a);
  stage.session(b);
  stage.publish(b, { t: 'session', session: b, cwd: stage.project, transcript, source: 'resume' });
  stage.write('cart.ts', 'two\n');
  const content = [
    { type: 'tool_use', id: 'toolu_1', name: 'Write', input: { file_path: join(stage.project, 'cart.ts') } },
  ];
  mkdirSync(dirname(transcript), { recursive: true });
  for (const entry of [
    { type: 'assistant', message: { id: 'm1', content, stop_reason: 'tool_use' } },
    { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 'toolu_1' }] } },
  ])
    appendFileSync(
      transcript,
      `${JSON.stringify({ timestamp: new Date().toISOString(), cwd: stage.project, ...entry })}\n`,
    );
  const watch = new GitWatch({ home: stage.home, env: stage.env() });
  const known = (count: number) =>
    waitFor(() => (watch.look(), stateOf(sessionDir(stage.home, a)).uncommitted.size === count), {
      describe: `${count} agents with edits`,
      timeoutMs: 100_000,
      intervalMs: 50,
    });
  await known(1);
  writeFileSync(join(stage.root, 'save.sh'), 'git add -A && git commit -q -m all\n');
  stage.write('other.ts', 'mine\n');
  const stopped = stage.sh('sh ../save.sh');
  expect(stopped.code).toBe(1);
  expect(stopped.err).toContain('Fermata holds this: git commit -q -m all');
  expect(stopped.err).toMatch(/cart\.ts/);
  expect(commits()).toBe('one');
  expect(stage.events(a, 'denied')).toMatchObject([{ block: 'B1', tool: 'git', agent: 'user' }]);
  // what is not of others passes, also while theirs is there
  stage.git('reset', '-q');
  stage.git('add', 'other.ts');
  expect(stage.sh('git commit -q -m mine')).toMatchObject({ code: 0, err: '' });
  // the other session commits its own
  expect(
    stage.sh('git add cart.ts && git commit -q -m theirs', { env: { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: b } }),
  ).toMatchObject({ code: 0, err: '' });
  await known(0);
  stage.write('third.ts', 'mine\n');
  expect(stage.sh('sh ../save.sh')).toMatchObject({ code: 0, err: '' });
  expect(commits()).toBe('all theirs mine one');
});

test('a guard of merges holds make merge, an alias and a person, who is shown how to go on', () => {
  branch('refunds');
  stage.write('main.ts', 'main\n');
  stage.git('add', '-A');
  stage.git('commit', '-q', '-m', 'main');
  stage.session('s1');
  stage.publish('s1', { t: 'spawn', worker: 'W1', task: 'Run the tests', pid: process.pid });
  stage.guard('s1', 'git merge*', 'wait for the tests of refunds');
  writeFileSync(join(stage.root, 'Makefile'), 'merge:\n\tgit merge -q --no-edit refunds\n');
  stage.git('config', 'alias.take', 'merge --no-edit');
  for (const text of [
    'make -f ../Makefile merge',
    'git take refunds',
    'git merge refunds',
    'git pull -q --no-rebase --no-edit . refunds',
  ]) {
    const { code, err } = stage.sh(text);
    expect([text, code]).not.toEqual([text, 0]);
    expect(err).toContain('wait for the tests of refunds');
    expect(err).toContain('It holds until Run the tests clears it or ends well.');
    expect(err).toContain('release-block B1 --session s1');
    expect(err).toContain('git merge --no-verify');
    stage.sh('git merge --abort');
  }
  expect(commits()).toBe('main one');
  // other commands pass
  stage.write('more.ts', 'more\n');
  stage.git('add', '-A');
  expect(stage.sh('git commit -q -m "git merge refunds"')).toMatchObject({ code: 0, err: '' });
  expect(stage.sh('git merge -q --no-verify --no-edit refunds')).toMatchObject({ code: 0 });
  // released, it passes
  branch('taxes');
  stage.git('commit', '-q', '--allow-empty', '-m', 'not a fast-forward');
  expect(stage.sh('git merge -q --no-edit taxes').code).not.toBe(0);
  stage.sh('git merge --abort');
  const dir = sessionDir(stage.home, 's1');
  publishCommand(dir, stateOf(dir), Date.now(), { kind: 'release', block: 'B1' });
  expect(stage.sh('git merge -q --no-edit taxes')).toMatchObject({ code: 0, err: '' });
});

test('the commit that ends a merge with conflicts is a merge, too', () => {
  branch('refunds');
  stage.git('checkout', '-q', 'refunds');
  stage.write('cart.ts', 'theirs\n');
  stage.git('commit', '-qam', 'theirs');
  stage.git('checkout', '-q', 'main');
  stage.write('cart.ts', 'ours\n');
  stage.git('commit', '-qam', 'ours');
  stage.session('s1');
  stage.guard('s1', 'git merge*');
  expect(stage.sh('git merge refunds').code).toBe(1);
  stage.write('cart.ts', 'both\n');
  const { code, err } = stage.sh('git commit -qam both');
  expect(code).toBe(1);
  expect(err).toContain('wait for the tests');
});

test('a guard of pushes to a branch holds that branch alone, however the push is written', () => {
  stage.run(['git', 'init', '-q', '--bare', '../shop.git']);
  stage.git('remote', 'add', 'origin', '../shop.git');
  branch('refunds');
  stage.session('s1');
  stage.guard('s1', 'git push origin main*');
  stage.git('config', 'alias.up', 'push');
  for (const text of ['git push -q origin main', 'git push -q --all origin', 'git up -q origin HEAD:main']) {
    const { code, err } = stage.sh(text);
    expect([text, code]).toEqual([text, 1]);
    expect(err).toContain('git push --no-verify');
  }
  expect(stage.sh('git push -q origin refunds')).toMatchObject({ code: 0, err: '' });
  expect(stage.sh('git push -q --no-verify origin main')).toMatchObject({ code: 0, err: '' });
});

test('what the hook of the tool call lets run passes, and another session is held all the same', () => {
  // this process is the Claude of s1
  stage.session('s1', process.pid);
  stage.session('s2');
  stage.guard('s1', 'git commit*', 'of the first');
  stage.write('a.ts', 'a\n');
  stage.git('add', '-A');
  const held = stage.sh('git commit -q -m a');
  expect(held.code).toBe(1);
  // Claude reads the words that it reads at a tool call
  expect(held.err).toContain('[Fermata B1, from W1');
  expect(held.err).not.toContain('--no-verify');
  expect(stage.events('s1', 'denied')).toMatchObject([{ tool: 'git', summary: 'git commit -q -m a' }]);
  expect(stage.events('s1', 'denied')[0]).not.toHaveProperty('agent');
  stage.publish('s1', { t: 'passed', block: 'B1', call: 'toolu_7' });
  expect(stage.sh('git commit -q -m a')).toMatchObject({ code: 0, err: '' });
  stage.guard('s2', 'git commit*', 'of the second');
  stage.write('b.ts', 'b\n');
  stage.git('add', '-A');
  expect(stage.sh('git commit -q -m b').err).toContain('of the second');
});

test('a worker is believed by its environment while it is at work in this very session, and not bound by guards', () => {
  const dir = stage.session('s1');
  const other = stage.session('s2', undefined, stage.root);
  stage.guard('s1', 'git commit*');
  for (const id of ['s1', 's2']) stage.publish(id, { t: 'spawn', worker: 'W2', task: 'docs' });
  const commit = (of: string, worker = 'W2') =>
    stage.sh('git commit -q --allow-empty -m a', { env: { FERMATA_SESSION_DIR: of, FERMATA_WORKER: worker } }).code;
  expect(commit(dir)).toBe(0);
  expect(commit(dir, 'W9')).toBe(1);
  expect(commit(other)).toBe(1);
  stage.publish('s1', { t: 'done', worker: 'W2' });
  expect(commit(dir)).toBe(1);
});

test('blocks of a session’s own calls, and of its turn, concern no one else', () => {
  stage.session('s1');
  stage.publish('s1', { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'all calls' });
  stage.publish('s1', {
    t: 'hook',
    worker: 'W1',
    event: 'PreToolUse',
    exit: 2,
    stderr: 'a shell',
    match: { tool: 'Bash' },
  });
  stage.publish('s1', { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, stderr: 'the turn' });
  stage.write('a.ts', 'a\n');
  expect(stage.sh('git add -A && git commit -q -m a')).toMatchObject({ code: 0, err: '' });
});

test('a call that the person lets run in the panel passes once', () => {
  stage.session('s1');
  stage.guard('s1', 'git commit*');
  stage.write('a.ts', 'a\n');
  stage.git('add', '-A');
  expect(stage.sh('git commit -q -m a').code).toBe(1);
  const call = String(stage.events('s1', 'denied')[0]?.['call']);
  stage.publish('s1', { t: 'unblock', block: 'B1', by: 'user', call });
  expect(stage.sh('git commit -q -m a')).toMatchObject({ code: 0, err: '' });
  expect(stage.events('s1', 'passed')).toMatchObject([{ block: 'B1', call }]);
  expect(stage.sh('git commit -q --allow-empty -m a').code).toBe(1);
});

test('a hook that starts itself again, as those of husky 8 do, is looked at once', () => {
  stage.write('.git/hooks/pre-commit', '#!/usr/bin/env sh\n[ "$again" ] || { again=1 sh -e "$0" "$@"; exit $?; }\n');
  expect(stage.fermata('git-hooks', 'install')).toMatchObject({ code: 0 });
  stage.session('s1');
  stage.guard('s1', 'git commit*');
  expect(stage.sh('git commit -q --allow-empty -m a').code).toBe(1);
  const call = String(stage.events('s1', 'denied')[0]?.['call']);
  stage.publish('s1', { t: 'unblock', block: 'B1', by: 'user', call });
  expect(stage.sh('git commit -q --allow-empty -m a')).toMatchObject({ code: 0, err: '' });
  expect(stage.sh('git commit -q --allow-empty -m a').code).toBe(1);
});

test('where sweeps are only warned of, the commit goes on with a sentence', () => {
  stage.session('s1');
  stage.session('s2');
  stage.uncommitted('s1', 's2', ['cart.ts'], { hold: false });
  stage.write('cart.ts', 'two\n');
  const { code, err } = stage.sh('git commit -q -am two');
  expect(code).toBe(0);
  expect(err).toMatch(/^Fermata: This would take what is not committed: Refunds edits cart\.ts/);
  expect(stage.events('s1', 'log')).toHaveLength(1);
});

test('names with a line break and with bytes that are no UTF-8 are compared as git has them', () => {
  stage.session('s1');
  stage.session('s2');
  const bytes = Buffer.from([0x6c, 0xf6, 0x2e, 0x74, 0x73]);
  writeFileSync(Buffer.concat([Buffer.from(`${stage.project}/`), bytes]), 'x\n');
  stage.write('two\nlines.ts', 'x\n');
  stage.git('add', '-A');
  stage.uncommitted('s1', 's2', ['two\nlines.ts']);
  expect(stage.sh('git commit -q -m x').code).toBe(1);
  stage.uncommitted('s1', 's2', [bytes.toString('utf8')]);
  expect(stage.sh('git commit -q -m x').code).toBe(1);
  stage.uncommitted('s1', 's2', ['another.ts']);
  expect(stage.sh('git commit -q -m x')).toMatchObject({ code: 0, err: '' });
});

test('without the program, its Node, a session at work or a readable log git goes on', () => {
  stage.session('s1');
  stage.guard('s1', 'git commit*');
  const commit = () => stage.sh('git commit -q --allow-empty -m a');
  expect(commit().code).toBe(1);
  // as a program that fails does: every exit code but the one that means it
  for (const text of ['exit 1', 'exit 2', 'kill -9 $$']) {
    writeFileSync(join(stage.home, 'bin', 'fermata'), `#!/bin/sh\n${text}\n`);
    expect([text, commit().code]).toEqual([text, 0]);
  }
  rmSync(join(stage.home, 'runtime'));
  expect(commit()).toMatchObject({ code: 0, err: '' });
  rmSync(join(stage.home, 'bin'), { recursive: true });
  expect(commit()).toMatchObject({ code: 0, err: '' });
  rmSync(stage.home, { recursive: true });
  expect(commit()).toMatchObject({ code: 0, err: '' });
});

test('a session that has ended holds nothing, and without an armed one no program starts', () => {
  stage.session('s1');
  stage.guard('s1', 'git commit*');
  stage.publish('s1', { t: 'end', reason: 'prompt_input_exit' });
  expect(stage.sh('git commit -q --allow-empty -m a')).toMatchObject({ code: 0, err: '' });
  rmSync(join(sessionDir(stage.home, 's1'), 'armed'), { recursive: true });
  writeFileSync(join(stage.home, 'bin', 'fermata'), `#!/bin/sh\ntouch "${stage.root}/started"\nexit 20\n`);
  expect(stage.sh('git commit -q --allow-empty -m b && ! test -e ../started')).toMatchObject({ code: 0, err: '' });
});

test('a git of 2.25 is enough: nothing that is newer is given to it', () => {
  stage.session('s1');
  stage.session('s2');
  stage.guard('s1', 'git push*');
  stage.uncommitted('s1', 's2', ['cart.ts']);
  const real = stage.sh('command -v git').out.trim();
  const old = join(stage.root, 'old');
  mkdirSync(old);
  // options and verbs that came after it, and what git of that time does with them
  const newer =
    '*" --show-scope"*|*--end-of-options*|*--path-format*|*--write-tree*|*--show-object-format*|*--fixed-value*|*--config-env*|*--no-lazy-fetch*|*--attr-source*';
  writeFileSync(
    join(old, 'git'),
    `#!/bin/sh\necho "$*" >>"${stage.root}/calls"\ncase " $* " in ${newer}) echo "error: unknown option" >&2; exit 129 ;; *--version*) echo "git version 2.25.0"; exit 0 ;; esac\nunset GIT_CONFIG_COUNT\nexec ${real} "$@"\n`,
    { mode: 0o755 },
  );
  const env = { PATH: `${old}:${stage.env()['PATH'] ?? ''}` };
  const fermata = (...args: string[]) => stage.run([join(stage.home, 'bin', 'fermata'), ...args], { env });
  expect(fermata('git-hooks', 'install')).toMatchObject({ code: 0 });
  expect(fermata('git-hooks', 'status')).toMatchObject({ code: 0 });
  stage.write('cart.ts', 'two\n');
  expect(stage.sh('git commit -qam two', { env })).toMatchObject({ code: 1, err: expect.stringContaining('cart.ts') });
  // git puts its own folder first on the path of its hooks, so the hook is run as git runs it, too
  stage.git('add', '-A');
  const hook = stage.sh('.git/hooks/pre-commit', {
    env: { ...env, GIT_INDEX_FILE: join(stage.project, '.git', 'index') },
  });
  expect(hook).toMatchObject({ code: 1, err: expect.stringContaining('cart.ts') });
  expect(readFileSync(join(stage.root, 'calls'), 'utf8')).toContain('diff --cached');
  expect(hook.err).not.toContain('could not look');
  expect(fermata('git-hooks', 'uninstall')).toMatchObject({ code: 0 });
});

test('a git that is too slow is not waited for', () => {
  stage.session('s1');
  stage.session('s2');
  stage.uncommitted('s1', 's2', ['cart.ts']);
  stage.write('cart.ts', 'two\n');
  const real = stage.sh('command -v git').out.trim();
  mkdirSync(join(stage.root, 'slow'));
  writeFileSync(
    join(stage.root, 'slow', 'git'),
    `#!/bin/sh\ncase "$*" in *--cached*) exec sleep 300 ;; esac\nexec ${real} "$@"\n`,
    { mode: 0o755 },
  );
  // git puts its own folder first on the path of its hooks
  const env = {
    PATH: `${join(stage.root, 'slow')}:${stage.env()['PATH'] ?? ''}`,
    GIT_INDEX_FILE: join(stage.project, '.git', 'index'),
  };
  stage.git('add', '-A');
  const { code, err } = stage.run([join(stage.home, 'bin', 'fermata'), 'git-hooks', 'run', 'pre-commit'], { env });
  expect(code).toBe(0);
  expect(err).toContain('Fermata could not look whether this is held');
});
