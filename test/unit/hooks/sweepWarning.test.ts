import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import { warnOfSweeps } from '#hooks/sweepWarning.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { Block } from '#protocol/state.ts';
import { plainGit } from '#test/lib/plainGit.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

let home: string;
let project: string;
let dir: string;

beforeEach(() => {
  home = join(realpathSync(tempDir()), '.fermata');
  mkdirSync(join(home, 'hooks'), { recursive: true });
  // a git watch that has nothing to do
  writeFileSync(homePaths(home).gitWatch, '');
  project = realpathSync(tempDir());
  plainGit(project, 'init', '-q', '-b', 'main');
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: project });
});

const edits = (worker: string, more: object = {}): NewEvent => ({
  t: 'uncommitted',
  worker,
  name: 'Fix the rounding',
  root: project,
  branch: 'main',
  files: [{ path: 'src/cart.ts', status: ' M' }],
  ...more,
});

async function contextOf(command: string, log: NewEvent[], more: Partial<HookPayload> = {}): Promise<HookContext> {
  publish(dir, T0, ...log);
  const environment = { home, env: {}, now: () => T0, timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const call = { tool_name: 'Bash', tool_input: { command } };
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'PreToolUse', cwd: project, ...call, ...more };
  const ctx = new HookContext(payload, environment, session);
  await ctx.prepareMatching();
  return ctx;
}
const warned = async (command: string, log: NewEvent[], more?: Partial<HookPayload>): Promise<Outcome> =>
  warnOfSweeps(await contextOf(command, log, more), {});

describe('a call that takes what another agent has not committed', () => {
  test('is told of to Claude with what to do instead, and to the person', async () => {
    const { answer, events } = await warned('git add -A', [edits('a1')]);
    expect(answer?.context).toContain('Fix the rounding edits src/cart.ts');
    expect(answer?.context).toContain('\nName your own files instead, as in git add FILE, git stash push -- FILE.');
    expect(answer?.context).not.toContain('one stash');
    const message = `git add -A: ${answer?.context?.split('\n')[0]}`;
    expect(events).toEqual([{ t: 'log', level: 'warn', message, worker: undefined }]);
  });

  test('is told of once for each agent, and by the agent that makes it', async () => {
    const log = [edits('a1'), edits('a2', { name: 'Add a tax' })];
    const { answer, events } = await warned('git add -A', log, { agent_id: 'a1' });
    expect(answer?.context).toContain('Add a tax edits');
    expect(answer?.context).not.toContain('Fix the rounding');
    expect(events).toMatchObject([{ t: 'log', worker: 'a1' }]);
  });

  test('keeps what else was decided about it', async () => {
    const ctx = await contextOf('git add -A', [edits('a1')]);
    const event: NewEvent = { t: 'log', level: 'info', message: 'x' };
    const outcome = warnOfSweeps(ctx, { events: [event], keepNotes: true, answer: { warning: 'w' } });
    expect(outcome).toMatchObject({ events: [event, { level: 'warn' }], keepNotes: true, answer: { warning: 'w' } });
  });

  test('is not told of where it is refused, held for that, takes nothing, or has nothing of others', async () => {
    const ctx = await contextOf('git add -A', [edits('a1')]);
    for (const refused of [{ refusedBy: [{ id: 'B1' } as Block] }, { answer: { block: 'no' } }])
      expect(warnOfSweeps(ctx, refused)).toBe(refused);
    expect(warnOfSweeps(ctx, { refusedBy: [] }).events).toHaveLength(1);
    expect(await warned('git status', [])).toEqual({});
    expect(await warned('git add -A', [], { agent_id: 'a1' })).toEqual({});
    expect(await warned('git add -A', [edits('a1', { hold: true })])).toEqual({});
  });

  test('of an entry of the stash is told with the way to one’s own', async () => {
    mkdirSync(join(project, 'src'));
    writeFileSync(join(project, 'src/cart.ts'), 'one');
    plainGit(project, 'add', '.');
    plainGit(project, 'commit', '-q', '-m', 'one');
    writeFileSync(join(project, 'src/cart.ts'), 'two');
    plainGit(project, 'stash', '-q');
    const commit = plainGit(project, 'rev-parse', 'stash@{0}').trim();
    const { answer } = await warned('git stash pop', [edits('a1', { files: [], stash: [{ commit }] })]);
    expect(answer?.context).toContain('the stash entry that Fix the rounding made');
    expect(answer?.context).toContain('\nAll worktrees share one stash: git stash list shows it');
    expect(answer?.context).not.toContain('Name your own files');
  });

  test('is told of, too, where the git watch cannot be started, which is in the log of errors', async () => {
    writeFileSync(homePaths(home).gitWatchRun, 'no folder');
    const { answer } = await warned('git add -A', [edits('a1')]);
    expect(answer?.context).toContain('src/cart.ts');
    const [name] = readdirSync(homePaths(home).logs);
    expect(readFileSync(join(homePaths(home).logs, name ?? ''), 'utf8')).toContain('the git watch was not started');
  });
});
