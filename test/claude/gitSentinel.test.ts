import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { holderOf } from '#core/base/processClaim.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import type { LiveClaude } from '#test/lib/claude.ts';
import { Orchestra, type OrchestraOptions } from '#test/lib/orchestra.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import type { Turn } from '#test/lib/modelServer.ts';

let orchestra: Orchestra;
const open: LiveClaude[] = [];
afterEach(async () => {
  for (const claude of open.splice(0)) claude.kill();
  await orchestra?.close();
  const watch = holderOf(join(orchestra.fermataHome, 'git-watch', 'run'));
  if (watch !== undefined)
    try {
      process.kill(watch.pid);
    } catch {
      // it has ended
    }
  removeTempDirs();
});

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: orchestra.project,
    stdio: 'pipe',
  }).toString();

/** A command of the prompt: `run: git add -A`; or a file that is to be written: `write: cart.ts`. */
const results = new Map<string, string[]>();
function answer({ lastUserText, lastToolResults, sessionId }: Turn) {
  if (lastToolResults.length > 0) {
    results.set(
      sessionId,
      lastToolResults.map(({ text }) => text),
    );
    return { text: 'done' };
  }
  const [, verb, what = ''] = /(run|write|all): (.*)/.exec(lastUserText) ?? [];
  const bash = (command: string) => ({ name: 'Bash', input: { command, description: 'run' } });
  if (verb === 'all') return { tools: what.split(' ;; ').map(bash) };
  if (verb === 'run') return { tools: [bash(what)] };
  if (verb === undefined) return { text: 'nothing to do' };
  const path = join(orchestra.project, 'src', what);
  return { tools: [{ name: 'Write', input: { file_path: path, content: `new ${what} ${Math.random()}\n` } }] };
}

/** A turn of Claude takes a second, and many of them where the machine is busy. */
const PATIENCE_MS = 180_000;

/** A project under git with two sessions in it. */
async function twoSessions(options: OrchestraOptions): Promise<[a: LiveClaude, b: LiveClaude]> {
  orchestra = await Orchestra.open(answer, options);
  mkdirSync(join(orchestra.project, 'src'));
  writeFileSync(join(orchestra.project, '.gitignore'), '.claude\n');
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'one');
  const [a, b] = [orchestra.live(), orchestra.live()];
  open.push(a, b);
  await a.ask('hello', PATIENCE_MS);
  await b.ask('Fix the rounding', PATIENCE_MS);
  return [a, b];
}

const dirOf = (claude: LiveClaude): string => sessionDir(orchestra.fermataHome, claude.sessionId());
const uncommittedIn = (claude: LiveClaude) => [...stateOf(dirOf(claude)).uncommitted.values()];
/** What the calls of its latest message have returned. */
const resultsOf = (claude: LiveClaude): string[] => results.get(claude.sessionId()) ?? [];
const inputsOf = (claude: LiveClaude): string[] =>
  orchestra.model.requests
    .filter(({ sessionId, kind }) => sessionId === claude.sessionId() && kind === 'main')
    .map(({ body }) => JSON.stringify(body.messages.at(-1)));

/** Whether the first session knows what the second has not committed. */
const knows = (claude: LiveClaude, ...files: string[]): Promise<unknown> =>
  waitFor(
    () =>
      uncommittedIn(claude)
        .flatMap((entry) => entry.files.map(({ path, status }) => `${status} ${path}`))
        .toSorted()
        .join() === files.join(),
    { describe: `the other session to know of ${files.join()}`, timeoutMs: PATIENCE_MS },
  );

/** Each kind of command that takes the files of others, with what it takes of `M tracked.ts`, `M  staged.ts` and `?? new.ts`. */
const COMMANDS: [command: string, ...takes: string[]][] = [
  ['git add -A', 'new', 'tracked'],
  ['git add .', 'new', 'tracked'],
  ['git add -u', 'tracked'],
  ['git commit -am all', 'staged', 'tracked'],
  ['git commit -m staged', 'staged'],
  ['git stash', 'staged', 'tracked'],
  ['git stash -u', 'new', 'staged', 'tracked'],
  ['git checkout -- .', 'tracked'],
  ['git checkout other', 'new', 'staged', 'tracked'],
  ['git switch other', 'new', 'staged', 'tracked'],
  ['git restore src', 'tracked'],
  ['git reset --hard', 'staged', 'tracked'],
  ['git clean -fd', 'new'],
  ['git rebase other', 'new', 'staged', 'tracked'],
  ['git merge --abort', 'staged'],
  ['git worktree remove --force .', 'new', 'staged', 'tracked'],
  ['git branch -D main', 'new', 'staged', 'tracked'],
  ['git push --force', 'new', 'staged', 'tracked'],
  ['git -C src add .', 'new', 'tracked'],
  ['sh -c "git add -A"', 'new', 'tracked'],
  ['git everything', 'new', 'tracked'],
];

test('each command that would take what another session has not committed is refused, with the names; others run', async () => {
  const [a, b] = await twoSessions({
    settings: { git: 'hold', 'hold.seconds': 0 },
    files: { 'README.md': 'one' },
  });
  for (const file of ['tracked.ts', 'staged.ts']) await b.ask(`write: ${file}`, PATIENCE_MS);
  git('add', '-A');
  git('commit', '-q', '-m', 'files');
  git('branch', 'other');
  git('config', 'alias.everything', 'add -A');
  for (const file of ['tracked.ts', 'staged.ts', 'new.ts']) await b.ask(`write: ${file}`, PATIENCE_MS);
  git('add', 'src/staged.ts');
  await knows(a, ' M src/tracked.ts', '?? src/new.ts', 'M  src/staged.ts');
  const before = git('status', '--porcelain');
  const commands = [...COMMANDS.map(([command]) => command), 'git add README.md', 'git status --short'];
  await a.ask(`all: ${commands.join(' ;; ')}`, PATIENCE_MS);
  const results = new Map(resultsOf(a).map((text, i) => [commands[i], text]));
  for (const [command, ...takes] of COMMANDS) {
    const result = results.get(command) ?? '';
    const named = ['new', 'staged', 'tracked'].filter((name) => result.includes(`src/${name}.ts`));
    expect([command, result.includes('Fix the rounding edits '), ...named]).toEqual([command, true, ...takes]);
  }
  expect(results.get('git add README.md')).not.toContain('not committed');
  expect(results.get('git status --short')).toContain('?? src/new.ts');
  expect(git('status', '--porcelain')).toBe(before);
  expect(git('stash', 'list')).toBe('');
}, 900_000);

test('a held command goes on once the other session has committed, and once the person lets it', async () => {
  const [a, b] = await twoSessions({ settings: { git: 'hold', 'hold.seconds': 300 } });
  await b.ask('write: cart.ts', PATIENCE_MS);
  await knows(a, '?? src/cart.ts');
  const held = (): boolean => [...stateOf(dirOf(a)).blocks.values()].some(({ holding }) => holding.length > 0);
  const first = a.ask('run: git stash -u && echo stashed', PATIENCE_MS);
  await waitFor(held, { describe: 'the call to be held', timeoutMs: PATIENCE_MS });
  git('add', 'src/cart.ts');
  git('commit', '-q', '-m', 'cart');
  await first;
  expect(git('stash', 'list')).toBe('');
  expect(resultsOf(a).join()).toContain('stashed');
  await b.ask('write: tax.ts', PATIENCE_MS);
  await knows(a, '?? src/tax.ts');
  const second = a.ask('run: git add -A', PATIENCE_MS);
  await waitFor(held, { describe: 'the other call to be held', timeoutMs: PATIENCE_MS });
  publish(dirOf(a), Date.now(), { t: 'unblock', block: 'B2', by: 'user' });
  await second;
  expect(git('status', '--porcelain')).toContain('A  src/tax.ts');
}, 900_000);

test('a pop of an entry that another session has put into the stash is held, and one’s own is not', async () => {
  const [a, b] = await twoSessions({ settings: { git: 'hold', 'hold.seconds': 300 } });
  writeFileSync(join(orchestra.project, 'src', 'cart.ts'), 'one\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'cart');
  await b.ask('run: echo two > src/cart.ts && git -c user.name=t -c user.email=t@example.org stash', PATIENCE_MS);
  const entry = git('rev-parse', 'stash@{0}').trim();
  await waitFor(() => uncommittedIn(a).some(({ stash = [] }) => stash.some(({ commit }) => commit === entry)), {
    describe: 'whose the entry is',
    timeoutMs: PATIENCE_MS,
  });
  const pop = a.ask('run: git stash pop', PATIENCE_MS);
  await waitFor(() => [...stateOf(dirOf(a)).blocks.values()].some(({ holding }) => holding.length > 0), {
    describe: 'the call to be held',
    timeoutMs: PATIENCE_MS,
  });
  expect(git('stash', 'list')).not.toBe('');
  await b.ask('run: git stash pop && echo back', PATIENCE_MS);
  expect(resultsOf(b).join()).toContain('back');
  await pop;
  expect(resultsOf(a).join()).toContain('No stash entries found');
}, 900_000);

test('by default the command runs, Claude reads whose files it took, and so does the person; a block holds it', async () => {
  const [a, b] = await twoSessions({ settings: { 'hold.seconds': 0 } });
  await b.ask('write: cart.ts', PATIENCE_MS);
  await knows(a, '?? src/cart.ts');
  await a.ask('run: git add -A', PATIENCE_MS);
  expect(git('status', '--porcelain')).toContain('A  src/cart.ts');
  expect(inputsOf(a).at(-1)).toContain('Fix the rounding edits src/cart.ts');
  const [notice] = stateOf(dirOf(a)).notices;
  expect(notice).toMatchObject({ kind: 'warning', text: expect.stringContaining('git add -A: This would take') });
  const env = orchestra.env({ FERMATA_HOME: orchestra.fermataHome });
  const blocked = await orchestra.fermataIn(env, 'block', '--git', 'sweep', '--session', a.sessionId());
  expect(blocked).toMatchObject({ code: 0 });
  await a.ask('run: git stash', PATIENCE_MS);
  expect(inputsOf(a).at(-1)).toContain('What others have not committed stays theirs');
  expect(git('stash', 'list')).toBe('');
}, 900_000);
