import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionDir } from '#core/base/paths.ts';
import { joinedFolder } from '#core/session/folder.ts';
import { Stage } from '#test/lib/fermata.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { StandInClaude } from '#test/lib/standInClaude.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// Who calls, by real trees of processes. What a program can still do on purpose is here as well, so that
// docs/security.md says no more than what is so.

afterAll(removeTempDirs);

let stage: Stage;
const claudes: StandInClaude[] = [];
function claudeOf(session: string, env: Record<string, string> = {}): StandInClaude {
  const claude = new StandInClaude(stage, session, env);
  claudes.push(claude);
  return claude;
}
beforeEach(() => {
  stage = new Stage();
  stage.install();
});
afterEach(() => {
  for (const claude of claudes.splice(0)) claude.end();
});

const dirOf = (id: string): string => sessionDir(stage.home, id);
const hasJoined = (id: string): boolean => joinedFolder(dirOf(id)) !== undefined;
const stands = (dir: string): boolean => [...stateOf(dir).blocks.values()].some((b) => b.ended === undefined);
/** A person in a terminal of their own. */
const person = (...args: string[]) => stage.cli({ FERMATA_SESSION_DIR: '' }, ...args);

describe('inside Claude', () => {
  let claude: StandInClaude;
  let dir: string;
  beforeEach(async () => {
    claude = claudeOf('claude-1');
    dir = dirOf('claude-1');
    await claude.hook('SessionStart', { source: 'startup' });
    expect((await person('block', 'wait', '--tool', 'Bash', '--session', 'claude-1', '--worker', 'gate')).code).toBe(0);
  });
  const at = ['--session', 'claude-1'];

  test('a block stands, whatever the environment is', async () => {
    for (const env of [{}, claude.env, { FERMATA_WORKER: 'gate' }, { FERMATA_WORKER: 'user' }, { CLAUDECODE: '' }])
      for (const call of [
        ['release-block', 'all'],
        ['deny-call', 'B1'],
        ['emit', '{"t":"deny","call":"toolu_1","by":"user"}'],
        ['unblock', '--worker', 'gate'],
        ['done', '--worker', 'gate'],
        ['emit', '{"t":"unblock","block":"all","by":"user"}'],
        ['abort', 'gate'],
      ]) {
        const result = await claude.fermata([...call, ...at], { env });
        expect({ call, env, code: result.code === 0 }).toEqual({ call, env, code: false });
      }
    const shell =
      'sh -c "env -i PATH=$PATH HOME=$HOME FERMATA_HOME=$FERMATA_HOME $0 release-block all --session claude-1"';
    await claude.run('/bin/sh', ['-c', `${shell} | cat`, join(stage.home, 'bin/fermata')]);
    expect(stands(dir)).toBe(true);
    expect((await person('release-block', 'all', ...at)).code).toBe(0);
    expect(stands(dir)).toBe(false);
  });

  test('its own locks, blocks and workers are its own', async () => {
    const own = async (...args: string[]): Promise<void> => {
      const { code, err } = await claude.fermata(args, { env: claude.env });
      expect({ args, code, err: code === 0 ? '' : err }).toEqual({ args, code: 0, err: '' });
    };
    await own('acquire', 'db');
    await own('release', 'db');
    await own('block', 'mine', '--command', 'x*');
    await own('unblock');
    await own('inform', 'half way', '--worker', 'helper');
    await own('done', '--worker', 'helper');
    await own('spawn', '--', 'sleep', '600');
    await waitFor(() => stateOf(dir).workers.get('W1')?.pid !== undefined, { describe: 'W1 runs' });
    await own('abort', 'W1');
    expect(stands(dir)).toBe(true);
  });

  test('it takes the hooks away only where nothing stands', async () => {
    for (const env of [{}, claude.env, { CLAUDECODE: '' }]) {
      const { code, err } = await claude.fermata(['uninstall'], { env });
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('the block "wait" stands') as string });
    }
    expect((await person('release-block', 'all', ...at)).code).toBe(0);
    expect(await claude.fermata(['uninstall'], { env: claude.env })).toMatchObject({ code: 0, err: '' });
  });

  test.each([
    ['with its environment', []],
    ['without', ['env', '-u', 'FERMATA_WORKER', '-u', 'FERMATA_SESSION_DIR']],
    ['through a shell', ['sh', '-c', 'unset FERMATA_WORKER FERMATA_SESSION_DIR; "$0" "$@"; exit $?']],
  ])('a worker that it starts does nothing that is the person’s, %s', async (_name, prefix) => {
    mkdirSync(join(stage.project, '.fermata'), { recursive: true });
    const rules = { version: 1, rules: [{ name: 'r', prompt: 'go', workers: [{ run: ['true'] }] }] };
    writeFileSync(join(stage.project, '.fermata/rules.json'), JSON.stringify(rules));
    const fermata = join(stage.home, 'bin/fermata');
    const calls = [
      ['release-block', 'all', ...at],
      ['allow', '--project', stage.project],
      ['unblock', '--worker', 'gate', ...at],
      ['abort', 'gate', ...at],
    ];
    for (const call of calls)
      expect((await claude.fermata(['spawn', '--', ...prefix, fermata, ...call], { env: claude.env })).code).toBe(0);
    const ended = () => [...stateOf(dir).workers.values()].filter((w) => w.state === 'failed').map((w) => w.id);
    await waitFor(() => ended().length === calls.length, { describe: 'all of them were refused' });
    expect({ stands: stands(dir), approved: existsSync(join(stage.home, 'approved.json')) }).toEqual({
      stands: true,
      approved: false,
    });
  });

  describe('on purpose, a program of the same user still can', () => {
    test('leave a flag for the hooks', async () => {
      await claude.run('/bin/sh', ['-c', `mkdir -p "$0/flags" && touch "$0/flags/release-all"`, dir]);
      await claude.hook('PreToolUse', { tool_name: 'Bash', tool_input: { command: 'ls' } });
      expect(stands(dir)).toBe(false);
    });

    test('append a line to the log', async () => {
      await claude.run('/bin/sh', [
        '-c',
        `printf '\\n%s\\n' '{"t":"unblock","block":"all","by":"user"}' >>"$0/events.jsonl"`,
        dir,
      ]);
      expect(stands(dir)).toBe(false);
    });

    test('leave its ancestors and their environment, but not one alone', async () => {
      const script = `
        import { spawn } from 'node:child_process';
        const [, file, ...args] = process.argv;
        spawn('/bin/sh', ['-c', '"$@" & exit 0', 'sh', file, ...args], { detached: true, stdio: 'ignore', env: process.env }).unref();`;
      const detached = (env: Record<string, string>) => {
        const marker = join(stage.root, `ended-${Object.keys(env).length}`);
        const command = ['/bin/sh', '-c', '"$@"; echo $? >"$0"', marker, join(stage.home, 'bin/fermata')];
        const args = ['--input-type=module', '-e', script, ...command, 'release-block', 'all', ...at];
        return claude
          .run(process.execPath, args, { env })
          .then(() => waitFor(() => existsSync(marker), { describe: 'it has called' }));
      };
      await detached(claude.env);
      expect(stands(dir)).toBe(true);
      await detached({});
      expect(stands(dir)).toBe(false);
    });
  });
});

describe('the environment counts only while it is true', () => {
  /** The first hook of another Claude, started with what a shell of the first one exported. */
  const startWith = async (starter: StandInClaude, env: Record<string, string>): Promise<void> => {
    expect((await starter.hook('SessionStart', { source: 'startup' }, env)).code).toBe(0);
  };
  let first: StandInClaude;
  beforeEach(async () => {
    first = claudeOf('claude-1');
    await first.hook('SessionStart', { source: 'startup' });
  });
  const exported = () => ({ FERMATA_SESSION_DIR: dirOf('claude-1'), FERMATA_PARENT: 'claude-1' });

  test('a Claude below a live one works for it', async () => {
    // its hooks run below the first one
    const payload = { session_id: 'child', hook_event_name: 'SessionStart', source: 'startup', cwd: stage.project };
    const env = { ...exported(), CLAUDE_CODE_SESSION_ID: 'child', CLAUDE_PROJECT_DIR: stage.project };
    const gate = `"$0" SessionStart 60; exit $?`;
    await first.run('/bin/sh', ['-c', gate, join(stage.home, 'hooks/gate.sh')], {
      env,
      input: JSON.stringify(payload),
    });
    expect(joinedFolder(dirOf('child'))).toBe(dirOf('claude-1'));
    expect(stateOf(dirOf('claude-1')).workers.get('session-child')).toMatchObject({ state: 'running' });
  });

  test.each([
    ['that has ended', () => first.hook('SessionEnd', { reason: 'prompt_input_exit' })],
    ['that was killed', () => Promise.resolve(first.end())],
    ['that lives, but is no ancestor', () => Promise.resolve()],
  ])('a Claude with the environment of a session %s is a session of its own', async (_name, happen) => {
    await happen();
    await startWith(claudeOf('claude-2'), exported());
    expect(hasJoined('claude-2')).toBe(false);
    expect(stateOf(dirOf('claude-2')).session.id).toBe('claude-2');
  });

  test('and so is one with the name of a worker that has ended, whose rules start workers', async () => {
    stage.publish({ t: 'spawn', worker: 'W1' });
    const worker = { FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: stage.dir };
    stage.publish({ t: 'exit', worker: 'W1', code: 0 }, { t: 'end' });
    mkdirSync(join(stage.project, '.fermata'));
    const rules = { version: 1, rules: [{ name: 'r', prompt: 'go', workers: [{ run: ['true'] }] }] };
    writeFileSync(join(stage.project, '.fermata/rules.json'), JSON.stringify(rules));
    expect((await person('allow', '--project', stage.project)).code).toBe(0);
    const second = claudeOf('claude-2');
    await startWith(second, worker);
    expect(hasJoined('claude-2')).toBe(false);
    expect((await second.hook('UserPromptSubmit', { prompt: 'go' }, worker)).out).toContain('started a worker');
  });

  test('a terminal with the environment of an ended session speaks to the one of its folder, and says so', async () => {
    await first.hook('SessionEnd', { reason: 'prompt_input_exit' });
    first.end();
    const second = claudeOf('claude-2');
    await second.hook('SessionStart', { source: 'startup' });
    const leaked = { ...exported(), FERMATA_WORKER: 'W7', CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: 'claude-1' };
    const { code, err } = await stage.cli(leaked, 'block', 'wait', '--tool', 'Bash');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('this session has ended') as string });
    expect([...stateOf(dirOf('claude-2')).blocks.values()]).toMatchObject([{ worker: 'user' }]);
    expect((await stage.cli(leaked, 'release-block', 'all')).code).toBe(0);
  });

  test.each([
    ['elsewhere', (path: string) => mkdirSync(path, { recursive: true })],
    ['of another home', (path: string) => mkdirSync(path, { recursive: true })],
    ['that a link among the sessions leads to', (path: string) => mkdirSync(path, { recursive: true })],
  ])('a folder %s is no session, whoever names it', async (name, make) => {
    const outside = join(stage.project, '.other', 'sessions', 'planted');
    make(outside);
    writeFileSync(join(outside, 'events.jsonl'), '{"t":"open","format":1,"nonce":"n"}\n');
    const link = dirOf('planted');
    if (name.includes('link')) symlinkSync(outside, link);
    const dir = name.includes('link') ? link : outside;
    const { code, err } = await stage.cli({ FERMATA_SESSION_DIR: dir }, 'tell', 'W1', 'hello');
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('it is no session of') as string });
    expect(stateOf(outside).events).toBe(1);
    if (name.includes('link')) expect((await person('tell', 'W1', 'hello', '--session', 'planted')).code).toBe(3);
    rmSync(link, { force: true });
  });

  test('where processes cannot be seen, as in a container, what the environment names is believed', async () => {
    const { code } = await stage.cli('W1', 'inform', 'hello');
    expect({ code, worker: [...stage.state().notes.values()].at(-1)?.worker }).toEqual({ code: 0, worker: 'W1' });
  });
});
