import { copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { HookContext } from '#hooks/hookContext.ts';
import { lookAtProofs, proofEffects } from '#hooks/proofs.ts';
import { SessionWriter } from '#hooks/sessionWriter.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { plainGit } from '#test/lib/plainGit.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { T0 } from '#test/unit/core/fold/world.ts';

afterAll(removeTempDirs);

const OF = 'proven:npm test';
const WAITING: NewEvent = { t: 'hook', worker: 'user', event: 'Stop', exit: 2, message: 'test first', until: OF };
const PASSED: NewEvent = { t: 'ran', of: OF, code: 0, ms: 1 };
let home: string;
let dir: string;
let project: string;

beforeEach(() => {
  home = join(realpathSync(tempDir()), '.fermata');
  mkdirSync(home);
  project = realpathSync(tempDir());
  mkdirSync(join(project, 'src'));
  dir = sessionDir(home, 's1');
  createLog(dir, T0);
  publish(dir, T0, { t: 'session', session: 's1', cwd: project });
});

async function contextOf(
  fields: Partial<HookPayload>,
  log: NewEvent[] = [],
): Promise<{ ctx: HookContext; session: SessionWriter }> {
  if (log.length > 0) publish(dir, T0, ...log);
  const environment = { home, env: { PATH: process.env['PATH'] }, now: () => Date.now(), timeoutSeconds: 60 };
  const session = await new SessionWriter(dir, environment).open(async () => undefined);
  const payload: HookPayload = { session_id: 's1', hook_event_name: 'PostToolUse', cwd: project, ...fields };
  return { ctx: new HookContext(payload, environment, session), session };
}
const after = async (fields: Partial<HookPayload>, log: NewEvent[] = [WAITING]): Promise<NewEvent[]> =>
  proofEffects((await contextOf(fields, log)).ctx, dir);
const bash = (command: string, more: object = {}): Partial<HookPayload> => ({
  tool_name: 'Bash',
  tool_input: { command, description: 'run it' },
  tool_response: { stdout: '' },
  ...more,
});

describe('a command for which a condition waits', () => {
  test.each<[string, object, object]>([
    ['has ended with 0', {}, { code: 0 }],
    ['was interrupted', { tool_response: { interrupted: true } }, { code: -1 }],
    [
      'has ended with a code that counts as a success',
      { tool_response: { returnCodeInterpretation: 'none' } },
      { code: -1 },
    ],
    ['has ended with no word about that', { tool_response: { returnCodeInterpretation: '' } }, { code: 0 }],
    ['has ended in a way that is not known', { tool_response: 'ok' }, { code: -1 }],
    [
      'has failed',
      { hook_event_name: 'PostToolUseFailure', error: 'Exit code 12\nnot ok', tool_response: undefined },
      { code: 12 },
    ],
    ['has failed otherwise', { hook_event_name: 'PostToolUseFailure', error: 'it timed out' }, { code: -1 }],
    ['has failed without a reason', { hook_event_name: 'PostToolUseFailure' }, { code: -1 }],
    ['is that of an agent', { agent_id: 'a1' }, { code: 0, worker: 'a1' }],
  ])('%s', async (_what, more, expected) => {
    expect(await after(bash('npm test', more))).toMatchObject([{ t: 'ran', of: OF, ...expected }]);
  });

  test('took as long as Claude Code says', async () => {
    const ms = async (duration_ms: unknown): Promise<number> =>
      Number((await after(bash('npm test', { duration_ms })))[0]?.['ms']);
    const [without, ...longer] = [await ms('x'), await ms(3_600_000), await ms(7_200_000)];
    expect(longer.map((each) => Math.floor((each - without) / 3_600_000))).toEqual([1, 2]);
  });

  test('that goes on in the background is a worker until it ends', async () => {
    const started = bash('npm test', { tool_response: { backgroundTaskId: 'b1' } });
    const spawn = { t: 'spawn', worker: 'b1', kind: 'shell', parent: 'conductor', task: 'run it', command: 'npm test' };
    const [first, second] = await after(started);
    expect([first, second]).toMatchObject([spawn, { t: 'ran', task: 'b1' }]);
    expect(await after(started, [first ?? expect.fail()])).toMatchObject([{ t: 'ran', task: 'b1' }]);
    // another command is none of this
    expect(await after(bash('make', { tool_response: { backgroundTaskId: 'b2' } }))).toEqual([]);
    expect(await after(bash('npm test', { tool_response: { backgroundTaskId: '../b3' } }))).toMatchObject([
      { t: 'ran' },
    ]);
  });

  test('began where the transcript has it, if it changes its folder', async () => {
    const transcript = join(home, 's1.jsonl');
    const line = (cwd: string) => JSON.stringify({ cwd, message: { content: [{ type: 'tool_use', id: 'c1' }] } });
    const hidden = 'it ran in another folder';
    const call = bash('cd src && npm test', {
      cwd: join(project, 'src'),
      tool_use_id: 'c1',
      transcript_path: transcript,
    });
    expect(await after(call)).toMatchObject([{ hidden }]);
    const inSrc: NewEvent = { ...WAITING, until: 'proven:cd src && npm test' };
    writeFileSync(transcript, `${line(project)}\n`);
    expect(await after(call, [{ t: 'unblock', block: 'B1', by: 'user' }, inSrc])).toMatchObject([{ code: 0 }]);
    expect(await after({ ...call, tool_use_id: 'c2' }, [])).toMatchObject([{ hidden }]);
    // one that stays where it is began where it ended
    expect(await after(bash('npm test', { cwd: join(project, 'src') }), [])).toMatchObject([{ code: 0 }]);
  });

  test('of PowerShell is read where its words mean the same everywhere', async () => {
    const shell = { tool_name: 'PowerShell' };
    expect(await after(bash('npm test', shell))).toMatchObject([{ t: 'ran', code: 0 }]);
    expect(await after(bash('npm test; $x', shell))).toEqual([]);
  });
});

describe('what may have changed files takes a proof away', () => {
  const held = [WAITING, PASSED];
  const edited = { t: 'edited', worker: undefined };

  test.each<[string, Partial<HookPayload>, object[]]>([
    ['a command that may write', bash('make'), [edited]],
    ['that of an agent', bash('make', { agent_id: 'a1' }), [{ t: 'edited', worker: 'a1' }]],
    ['no command that reads', bash('git status'), []],
    ['a command that failed', bash('make', { hook_event_name: 'PostToolUseFailure' }), [edited]],
    ['a script of PowerShell', bash('Get-Item x', { tool_name: 'PowerShell' }), [edited]],
    ['no shell without a command', { tool_name: 'Bash', tool_input: {} }, []],
    ['a tool of which nothing is known', { tool_name: 'mcp__db__write', tool_input: {} }, [edited]],
    ['no tool that reads', { tool_name: 'Read', tool_input: { file_path: 'a' } }, []],
    ['no batch of calls', bash('make', { hook_event_name: 'PostToolBatch' }), []],
    ['no event without a tool', {}, []],
  ])('%s', async (_what, fields, events) => {
    expect(await after(fields, held)).toEqual(events);
  });

  test.each(['Edit', 'MultiEdit', 'Write', 'NotebookEdit'])(
    '%s of a file of the project, by its path',
    async (tool_name) => {
      const edit = { tool_name, tool_input: { file_path: join(project, 'src/a.ts') } };
      expect(await after(edit, held)).toEqual([{ t: 'edited', path: 'src/a.ts', worker: undefined }]);
      expect(await after({ ...edit, hook_event_name: 'PostToolUseFailure' })).toEqual([]);
      expect(
        await after({ ...edit, tool_input: { file_path: 'a.ts' }, cwd: join(project, 'src'), agent_id: 'a1' }),
      ).toEqual([{ t: 'edited', path: 'src/a.ts', worker: 'a1' }]);
      expect(await after({ ...edit, tool_input: {} })).toEqual([]);
    },
  );

  test('not an edit in another worktree within the project', async () => {
    for (const folder of ['.git', 'trees/b/.git']) mkdirSync(join(project, folder), { recursive: true });
    const edit = { tool_name: 'Write', tool_input: { file_path: join(project, 'trees/b/a.ts') } };
    expect(await after(edit, held)).toEqual([]);
  });

  test('where nothing waits, and on a copy of another machine’s session, nothing is looked at', async () => {
    expect(await after(bash('make'), [])).toEqual([]);
    copyFileSync(sessionPaths(dir).log, sessionPaths(dir).copy);
    expect(await after(bash('make'), held)).toEqual([]);
  });

  test('where nothing is proven, there is nothing to take away', async () => {
    expect(await after(bash('make'))).toEqual([]);
  });
});

describe('in a repository the files themselves show whether a proof holds', () => {
  /** A session in which the tests have passed. */
  async function proven(): Promise<void> {
    plainGit(project, 'init', '-q');
    writeFileSync(join(project, 'a.ts'), 'one');
    const events = await after(bash('npm test'), [WAITING]);
    expect(events).toMatchObject([{ code: 0, tree: expect.any(String) }]);
    publish(dir, Date.now(), ...events);
  }

  test('after a command that may have changed them', async () => {
    await proven();
    expect(await after(bash('make'), [])).toEqual([]);
    writeFileSync(join(project, 'a.ts'), 'two');
    expect(await after(bash('make'), [])).toMatchObject([{ t: 'tree', of: OF }]);
  });

  test('before a block decides that waits for it, at its event alone', async () => {
    await proven();
    const looked = async (fields: Partial<HookPayload>): Promise<unknown[]> => {
      const before = eventsOf(dir).length;
      const { ctx, session } = await contextOf(fields);
      await lookAtProofs(ctx, session);
      session.close();
      return eventsOf(dir).slice(before);
    };
    expect(await looked({ hook_event_name: 'Stop' })).toEqual([]);
    writeFileSync(join(project, 'a.ts'), 'two');
    expect(await looked({ hook_event_name: 'SubagentStop' })).toEqual([]);
    expect(await looked({ hook_event_name: 'Stop' })).toMatchObject([{ t: 'tree', of: OF }]);
    expect(await looked({ hook_event_name: 'Stop' })).toEqual([]);
    writeFileSync(join(project, 'a.ts'), 'three');
    copyFileSync(sessionPaths(dir).log, sessionPaths(dir).copy);
    expect(await looked({ hook_event_name: 'Stop' })).toEqual([]);
  });
});
