import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  truncateSync,
  statSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { raiseFlag } from '#core/session/flags.ts';
import { isAlive } from '#core/base/processes.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import { HookStage, type HookResult } from '#test/lib/hookStage.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const root = process.getuid?.() === 0;
const NOBODY = 65534;
const silence: HookResult = { code: 0, stdout: '', stderr: '' };
const block = { t: 'hook' as const, worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' };
const inform = { t: 'hook' as const, worker: 'W1', event: 'PostToolUse', exit: 0, message: 'the news' };
const call = { tool_name: 'Read', tool_input: { file_path: 'a' }, tool_use_id: 't1' };

let stage: HookStage;
beforeEach(async () => {
  stage = new HookStage();
  await stage.start();
  stage.publish(block, inform);
});

/** Fires an event as Claude Code of an unprivileged user. */
function asNobody(event: string, payload: unknown): HookResult {
  return stage.runVia([stage.gate, event, '60'], payload, { uid: NOBODY, gid: NOBODY, cwd: '/' });
}

describe.runIf(root)('as a user without the permission to', () => {
  beforeEach(() => {
    // all files are that user's, except those that a test restricts
    spawnSync('chown', ['-R', String(NOBODY), stage.root]);
    chmodSync(stage.root, 0o755);
  });
  const restrict = (path: string, mode = 0o000): void => {
    spawnSync('chown', ['root', join(stage.home, path)]);
    chmodSync(join(stage.home, path), mode);
  };
  const pre = () => asNobody('PreToolUse', stage.payload('PreToolUse', call));

  test('do more than it needs: it answers', () => {
    expect(asNobody('PostToolUse', stage.payload('PostToolUse', call)).stdout).toContain('the news');
    expect(pre().stdout).toContain('deny');
  });

  // without these the call passes, or is refused with failClosed
  test.each([
    ['the log', 'sessions/session-1/events.jsonl'],
    ['the session', 'sessions/session-1'],
    ['all sessions', 'sessions'],
    ['the hook program', 'hooks/hook.cjs'],
  ])('read %s: the call passes', (_name, path) => {
    restrict(path);
    expect(pre()).toMatchObject({ code: 0, stdout: '' });
    expect(asNobody('Stop', stage.payload('Stop', {}))).toMatchObject({ code: 0, stdout: '' });
    expect(asNobody('SessionStart', stage.payload('SessionStart', { source: 'resume' }))).toMatchObject({ stdout: '' });
  });

  test.each([
    ['read the log', 'sessions/session-1/events.jsonl'],
    ['read the hook program', 'hooks/hook.cjs'],
  ])('%s: the call is refused with failClosed', (_name, path) => {
    writeFileSync(join(stage.home, 'fail-closed'), '');
    restrict(path);
    expect(pre()).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('failClosed') });
  });

  // the answer does not depend on these
  test.each([
    ['read the settings', 'settings.json', 0o000],
    ['read session.json', 'sessions/session-1/session.json', 0o000],
    ['write the log', 'sessions/session-1/events.jsonl', 0o444],
    ['write in the session', 'sessions/session-1', 0o555],
    ['write in the logs', 'logs', 0o000],
    ['read the flags', 'sessions/session-1/flags', 0o000],
  ])('%s: it is answered', (_name, path, mode) => {
    mkdirSync(join(stage.home, 'logs'), { recursive: true });
    writeFileSync(join(stage.home, 'settings.json'), '{"hold.seconds": 0}');
    restrict(path, mode);
    if (path === 'settings.json') stage.publish({ ...block, key: 'k', event: 'TaskCreated' });
    const answer = path === 'settings.json' ? asNobody('TaskCreated', stage.payload('TaskCreated', {})) : pre();
    expect(answer.code).toBe(0);
    expect(answer.stdout).toMatch(/deny|"block"/);
  });
});

describe.runIf(root && canMount())('on a full disk', () => {
  const script = `
    mount -t tmpfs -o size=2m tmpfs "$1" && cp -a "$2" "$1/.fermata" && cat /dev/zero >"$1/ballast" 2>/dev/null
    exec "$1/.fermata/hooks/gate.sh" "$3" 60`;
  beforeEach(() => {
    // a partly filled page of the file system would have room for another line
    const log = join(stage.dir, 'events.jsonl');
    const page = 4096;
    appendFileSync(log, '\n'.repeat(page - (statSync(log).size % page)));
  });
  const onFullDisk = (event: HookEvent, more: object): HookResult => {
    const disk = join(stage.root, 'disk');
    mkdirSync(disk, { recursive: true });
    const payload = stage.payload(event, more);
    return stage.runVia(['unshare', '-m', 'sh', '-c', script, 'sh', disk, stage.home, event], payload);
  };

  test('a block still blocks; information that could not be claimed is not delivered; nothing breaks', () => {
    expect(onFullDisk('PreToolUse', call)).toMatchObject({ code: 0, stdout: expect.stringContaining('not now') });
    expect(onFullDisk('PostToolUse', { ...call, tool_response: {} })).toEqual(silence);
    const events: HookEvent[] = [
      'UserPromptSubmit',
      'Stop',
      'SubagentStart',
      'Notification',
      'PermissionRequest',
      'SessionEnd',
    ];
    const more = { agent_id: 'a1', agent_type: 'Explore', ...call, prompt: 'go' };
    for (const event of events) expect(onFullDisk(event, more), event).toEqual(silence);
  });
});

describe('a damaged log or snapshot', () => {
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7919) % 256));

  test.each([
    ['empty', Buffer.alloc(0)],
    ['noise', bytes(200_000)],
    ['nothing but newlines', Buffer.alloc(10_000, 10)],
    ['one endless line', Buffer.alloc(3_000_000, 97)],
    ['JSON that is no event', Buffer.from('[]\n1\nnull\n"x"\n{"t":7}\n{"t":"hook"}\n')],
  ])('%s: nothing is blocked, and later events count', async (_name, content) => {
    writeFileSync(join(stage.dir, 'events.jsonl'), content);
    expect(await stage.fire('PreToolUse', call)).toEqual(silence);
    stage.publish(block);
    expect((await stage.fire('PreToolUse', call)).stdout).toContain('deny');
  });

  test.each([
    ['noise', bytes(5000)],
    ['half of it', undefined],
    ['of another version', Buffer.from('{"nonce":"x","position":10,"hash":"y"}\n{"version":1}')],
  ])('a damaged snapshot (%s) is ignored', async (_name, content) => {
    const log = new SessionLog(stage.dir);
    log.refresh();
    saveSnapshot(log, 0);
    const path = join(stage.dir, 'snapshot.json');
    if (content === undefined) truncateSync(path, 500);
    else writeFileSync(path, content);
    expect((await stage.fire('PreToolUse', call)).stdout).toContain('deny');
  });
});

describe('the environment of a hook', () => {
  const none = { CLAUDE_PROJECT_DIR: undefined, CLAUDE_CODE_SESSION_ID: undefined };

  test('without project and session in the environment the payload is enough', async () => {
    const { cwd: _cwd, transcript_path: _transcript, ...bare } = stage.payload('PostToolUse', call);
    expect((await stage.run('PostToolUse', bare, none)).stdout).toContain('the news');
    const answer = await stage.run('PreToolUse', stage.payload('PreToolUse', call), none);
    expect(answer.stdout).toContain('not now');
  });

  test('NODE_OPTIONS with a missing file, and no HOME', async () => {
    const env = { NODE_OPTIONS: '--require /vanished/hook.js', HOME: undefined };
    expect((await stage.run('PreToolUse', stage.payload('PreToolUse', call), env)).stdout).toContain('not now');
  });

  test('a working directory that has been deleted', () => {
    const cwd = join(stage.root, 'gone');
    mkdirSync(cwd);
    const script = `rmdir "${cwd}"; exec "$0" PreToolUse 60`;
    const result = stage.runVia(['sh', '-c', script, stage.gate], stage.payload('PreToolUse', { ...call, cwd }), {
      cwd,
    });
    expect(existsSync(cwd)).toBe(false);
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('not now') });
  });

  test('another dialect of the same hooks: names and fields in camelCase are not understood, and nothing is blocked', async () => {
    const payload = {
      sessionId: 's',
      hookEventName: 'PreToolUse',
      tool_name: 'create_file',
      tool_input: { filePath: 'a' },
    };
    expect(await stage.run('PreToolUse', payload)).toEqual(silence);
  });
});

describe('a home that was deleted', () => {
  test.each(['sh', 'bash', 'dash'])('run by %s an entry of the shell form denies nothing either', (shell) => {
    if (spawnSync(shell, ['-c', 'true']).error !== undefined) return;
    rmSync(stage.home, { recursive: true });
    // the exec form, as Claude Code runs it: the program is missing
    const result = spawnSync(stage.gate, ['PreToolUse', '60'], { input: '{}' });
    expect(result.error).toMatchObject({ code: 'ENOENT' });
    const inShell = spawnSync(shell, ['-c', `'${stage.gate}' PreToolUse 60`], { input: '{}' });
    expect(inShell.status).toBe(127);
  });
});

describe('killed at each of its steps', () => {
  const killer = join(repoRoot, 'test/lib/killAt.cjs');

  /** Runs the hook program on a copy of the session and kills it before its N-th call of the file system. */
  function killAt(n: number, event: HookEvent, more: object): { dir: string; code: number | null; stderr: string } {
    const home = join(stage.root, `at-${n}`, '.fermata');
    cpSync(stage.home, home, { recursive: true });
    const program = join(home, 'hooks/hook.cjs');
    const { code, stderr } = stage.runVia(
      [process.execPath, '-r', killer, program, event, '60'],
      stage.payload(event, more),
      { env: { KILL_AT: String(n) } },
    );
    return { dir: join(home, 'sessions', stage.session), code, stderr };
  }

  function everyStep(event: HookEvent, more: object, check: (dir: string) => void): void {
    const calls = Number(/calls:(\d+)/.exec(killAt(0, event, more).stderr)?.[1]);
    expect(calls).toBeGreaterThan(10);
    // the first calls load the program
    const first = Math.max(1, calls - 45);
    for (let n = first; n <= calls; n++) {
      const { dir, code } = killAt(n, event, more);
      expect(code).toBeNull();
      check(dir);
      rmSync(join(dir, '../../..'), { recursive: true });
    }
  }
  const armed = (dir: string, event: string): boolean => {
    const folder = join(dir, 'armed', event);
    return existsSync(folder) && readdirSync(folder).length > 0;
  };

  test('a refusal: the block is active and armed', () => {
    everyStep('PreToolUse', call, (dir) => {
      expect(stateOf(dir).blocks.get('B1')?.ended).toBeUndefined();
      expect(armed(dir, 'PreToolUse')).toBe(true);
    });
  });

  test('information: it is claimed, or still armed', () => {
    everyStep('PostToolUse', { ...call, tool_response: {} }, (dir) => {
      const claimed = [...stateOf(dir).notes.values()].every((note) => note.deliveredBy !== undefined);
      expect(claimed || armed(dir, 'PostToolUse')).toBe(true);
    });
  });

  test('a flag: it is in the log, or still there', () => {
    raiseFlag(stage.dir, { kind: 'release', block: 'B1' });
    everyStep('PreToolUse', call, (dir) => {
      const flagged = existsSync(join(dir, 'flags/release-B1'));
      expect(flagged || stateOf(dir).blocks.get('B1')?.ended !== undefined).toBe(true);
    });
  });

  test('the first hook of a session: the next one knows the session', () => {
    rmSync(stage.dir, { recursive: true });
    everyStep('SessionStart', { source: 'startup' }, (dir) => {
      const program = join(dir, '../../hooks/hook.cjs');
      const prompt = stage.payload('UserPromptSubmit', { prompt: 'go' });
      expect(stage.runVia([process.execPath, program, 'UserPromptSubmit', '60'], prompt).code).toBe(0);
      expect(stateOf(dir)).toMatchObject({
        session: { id: stage.session, cwd: stage.project },
        conductor: { state: 'working' },
      });
    });
  });
});

describe('a hold', () => {
  beforeEach(() => stage.settings({ 'hold.seconds': 600 }));
  const held = () =>
    waitFor(() => [...stage.state.blocks.values()].some((b) => b.holding.length > 0), { describe: 'the call is held' });

  // how soon is measured by `npm run bench -- hold`
  test('ends with its cause, each time', async () => {
    for (let i = 0; i < 5; i++) {
      const waiting = stage.run('PreToolUse', stage.payload('PreToolUse', call));
      await held();
      publish(stage.dir, Date.now(), { t: 'unblock', block: `B${i + 1}`, by: 'W1' });
      expect(await waiting).toEqual(silence);
      stage.publish(block);
    }
  });

  test('ends with Claude', async () => {
    const input = join(stage.root, 'payload.json');
    writeFileSync(input, JSON.stringify(stage.payload('PreToolUse', call)));
    const claude = spawn('sh', ['-c', `"${stage.gate}" PreToolUse 86400 <"${input}" & echo $!; wait`], {
      env: stage.env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let out = '';
    claude.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const pid = Number(await waitFor(() => /^\d+$/m.exec(out)?.[0], { describe: 'the hook’s pid' }));
    await held();
    claude.kill('SIGKILL');
    await waitFor(() => isAlive(pid) !== true, { describe: 'the hook has ended' });
  });
});
