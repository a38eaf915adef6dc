import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

/** The words of shells that run the gate somewhere as `sh`. */
const SHELLS = [
  'sh',
  'bash',
  'dash',
  'busybox sh',
  ...sized([], ['bash --posix', 'mksh', 'ksh93', 'zsh --emulate sh', 'yash']),
];
const isMissing = (shell: string): boolean => spawnSync(shell.split(' ')[0] ?? '', ['-c', ':']).error !== undefined;
const missing = new Set([...SHELLS, 'yash'].filter(isMissing));
/** A test in each of these shells; one that is not installed is a test that is skipped by name. */
const inShells = (names: string[], title: string, check: (shell: string) => void): void =>
  test.for(names)(title, (shell, context) => {
    if (missing.has(shell)) return context.skip(`${shell} is not installed`);
    check(shell);
  });
/** A file, run by its first line or by a shell. */
function wordsOf(shell: string | undefined, file: string): [command: string, ...args: string[]] {
  if (shell === undefined) return [file];
  const [command = '', ...args] = shell.split(' ');
  return [command, ...args, file];
}
const GATE = ['gate.sh', 'gate.sh.program'];
const session = '0f4b6a8e-1111-2222-3333-444455556666';

let root: string;
let home: string;

beforeEach(() => {
  root = tempDir();
  home = join(root, "it's a home");
  mkdirSync(join(home, 'hooks'), { recursive: true });
  for (const name of GATE) copyFileSync(join(repoRoot, 'hooks', name), join(home, 'hooks', name));
  chmodSync(join(home, 'hooks', 'gate.sh'), 0o755);
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
  hook(
    'process.stdin.resume().on("end", () => console.log(JSON.stringify([process.argv.slice(2), process.env.NODE_OPTIONS, process.env.ELECTRON_RUN_AS_NODE])))',
  );
});

function hook(program: string): void {
  writeFileSync(join(home, 'hooks', 'hook.cjs'), program);
}

function arm(event: string, id = session): void {
  mkdirSync(join(home, 'sessions', id, 'armed', event), { recursive: true });
}

interface Outcome {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  /** What went wrong for the one who wrote the payload, EPIPE for example. */
  writer: string | undefined;
}

interface Call {
  /** Claude Code runs the file itself; the others are named. */
  shell?: string;
  event?: string;
  env?: Record<string, string>;
  payload?: string | Buffer;
  cwd?: string;
}

function gate({ shell, event = 'PreToolUse', env = {}, payload = '{}\n', cwd = root }: Call = {}): Promise<Outcome> {
  const file = join(home, 'hooks', 'gate.sh');
  const [command, ...args] = [...wordsOf(shell, file), event, '60'];
  const child = spawn(command, args, {
    cwd,
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', CLAUDE_CODE_SESSION_ID: session, ...env },
  });
  const outcome: Outcome = { code: null, signal: null, stdout: '', stderr: '', writer: undefined };
  child.stdout.on('data', (chunk) => (outcome.stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (outcome.stderr += String(chunk)));
  child.stdin.on('error', (error) => (outcome.writer = error.message));
  child.stdin.end(payload);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ ...outcome, code, signal }));
  });
}

const silence: Outcome = { code: 0, signal: null, stdout: '', stderr: '', writer: undefined };
const reached = (event: string, ...env: unknown[]): Outcome => ({
  ...silence,
  stdout: `${JSON.stringify([[event, '60'], env[0] ?? null, env[1] ?? null])}\n`,
});

describe.each([undefined, ...SHELLS])('run by %s', (shell) => {
  beforeEach((context) => {
    if (shell !== undefined && missing.has(shell)) context.skip(`${shell} is not installed`);
  });

  test('nothing armed: silence, and the whole payload is taken', async () => {
    hook('process.exit(9)');
    mkdirSync(join(home, 'sessions', session, 'flags'), { recursive: true });
    arm('Stop');
    for (const event of ['PreToolUse', 'PostToolUse', 'PostToolUseFailure', 'PostToolBatch']) {
      expect(await gate({ ...(shell && { shell }), event, payload: Buffer.alloc(1_000_000, 'x') })).toEqual(silence);
    }
  });

  test('nothing armed: it does not wait for the payload, and whoever writes it later meets no closed pipe', async () => {
    const file = join(home, 'hooks', 'gate.sh');
    const [command, ...args] = [...wordsOf(shell, file), 'PreToolUse', '60'];
    const child = spawn(command, args, {
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', CLAUDE_CODE_SESSION_ID: session },
    });
    const closed = Promise.all([
      new Promise((resolve) => child.once('exit', resolve)),
      new Promise((resolve) => child.stdout.resume().once('close', resolve)),
      new Promise((resolve) => child.stderr.resume().once('close', resolve)),
    ]);
    expect((await closed)[0]).toBe(0);
    const written = new Promise((resolve, reject) => {
      child.stdin.once('error', reject);
      child.stdin.end(Buffer.alloc(1_000_000, 'x'), () => resolve('all of it'));
    });
    expect(await written).toBe('all of it');
  });

  test('armed: Node answers', async () => {
    arm('PostToolUse');
    expect(await gate({ ...(shell && { shell }), event: 'PostToolUse' })).toEqual(reached('PostToolUse'));
    expect(await gate({ ...(shell && { shell }), event: 'PreToolUse' })).toEqual(silence);
  });

  test('a flag is a reason at every event, even one that leads nowhere', async () => {
    mkdirSync(join(home, 'sessions', session, 'flags'), { recursive: true });
    symlinkSync('nowhere', join(home, 'sessions', session, 'flags', 'release-B1'));
    expect(await gate({ ...(shell && { shell }) })).toEqual(reached('PreToolUse'));
  });

  test('every other event goes to Node', async () => {
    for (const event of ['SessionStart', 'UserPromptSubmit', 'Stop', 'SubagentStop', 'SessionEnd', 'Brandnew']) {
      expect(await gate({ ...(shell && { shell }), event })).toEqual(reached(event));
    }
  });

  test('a turn that failed is told of though the gate’s whole group is ended meanwhile', async () => {
    const [startedFile, payloadFile] = [join(root, 'began'), join(root, 'told')];
    // the first run lasts until it is ended
    hook(`const { existsSync, readFileSync, writeFileSync } = require('node:fs');
      if (existsSync(${JSON.stringify(startedFile)})) writeFileSync(${JSON.stringify(payloadFile)}, readFileSync(0));
      else { writeFileSync(${JSON.stringify(startedFile)}, ''); setInterval(() => undefined, 1000); }`);
    const file = join(home, 'hooks', 'gate.sh');
    const [command, ...args] = [...wordsOf(shell, file), 'StopFailure', '20'];
    const child = spawn(command, args, {
      detached: true,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', CLAUDE_CODE_SESSION_ID: session },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const code = new Promise((resolve) => child.once('close', resolve));
    child.stdin.end('{"error":"unknown"}\n');
    await waitFor(() => existsSync(startedFile), { describe: 'the first run' });
    process.kill(-(child.pid ?? 0), 'SIGTERM');
    expect(await code).toBe(0);
    expect(readFileSync(payloadFile, 'utf8')).toBe('{"error":"unknown"}\n');
  });

  test.each([
    ['a file that names', (path: string) => writeFileSync(path, 'other\nmore\n')],
    ['a link of an older version to', (path: string) => symlinkSync('other', path)],
  ])('in the place of a session may be %s another one', async (_name, joinOther) => {
    mkdirSync(join(home, 'sessions', 'other', 'armed'), { recursive: true });
    joinOther(join(home, 'sessions', session));
    expect(await gate({ ...(shell && { shell }) })).toEqual(silence);
    arm('PreToolUse', 'other');
    expect(await gate({ ...(shell && { shell }) })).toEqual(reached('PreToolUse'));
  });

  test.each([
    ['another file', 'another\n'],
    ['itself', `${session}\n`],
    ['no session', 'gone\n'],
    ['nothing', ''],
    ['a path', '../sessions/other\n'],
    ['what a shell would run', '$(exit 2)\n'],
    ['a long text', 'x'.repeat(1 << 20)],
    ['bytes', Buffer.from([0, 255, 10, 0])],
  ])('a file in the place of a session that names %s is for the program to put right', async (_name, content) => {
    mkdirSync(join(home, 'sessions', 'other', 'armed'), { recursive: true });
    writeFileSync(join(home, 'sessions', 'another'), 'other\n');
    writeFileSync(join(home, 'sessions', session), content);
    expect(await gate({ ...(shell && { shell }) })).toMatchObject({ code: 0, stdout: reached('PreToolUse').stdout });
  });

  test.each(['', '../x', '..', 'a/b', 'a b', '$(exit 2)', '*', 'x'.repeat(129)])(
    'session %j: any session counts',
    async (id) => {
      const env = { CLAUDE_CODE_SESSION_ID: id };
      expect(await gate({ ...(shell && { shell }), env })).toEqual(silence);
      mkdirSync(join(home, 'x', 'armed', 'PreToolUse'), { recursive: true });
      expect(await gate({ ...(shell && { shell }), env })).toEqual(silence);
      arm('PreToolUse', 'other');
      expect(await gate({ ...(shell && { shell }), env })).toEqual(reached('PreToolUse'));
    },
  );

  test('NODE_OPTIONS of the terminal does not reach Node', async () => {
    arm('PreToolUse');
    expect(await gate({ ...(shell && { shell }), env: { NODE_OPTIONS: '--require /vanished.cjs' } })).toEqual(
      reached('PreToolUse'),
    );
  });

  test("an editor's Electron is told to be Node", async () => {
    writeFileSync(join(home, 'runtime'), `${process.execPath}\nelectron\n`);
    expect(await gate({ ...(shell && { shell }), event: 'Stop' })).toEqual(reached('Stop', null, '1'));
  });

  describe('the waiter that wakes', () => {
    const wake = (): Promise<Outcome> =>
      gate({ ...(shell && { shell }), event: 'Wake', payload: Buffer.alloc(300_000, 'x') });
    beforeEach(() => {
      copyFileSync(join(repoRoot, 'hooks', 'wake.sh'), join(home, 'hooks', 'wake.sh'));
      arm('Wake');
      writeFileSync(join(home, 'hooks', 'wake.cjs'), 'console.error("woken"); process.exit(2)');
    });

    test('waits for nothing where its parent is not known to wait for input', async () => {
      expect(await wake()).toEqual(silence);
    });

    test('is harmless where it is missing, damaged or without Node', async () => {
      writeFileSync(join(home, 'hooks', 'wake.sh'), 'if then (');
      expect((await wake()).code).not.toBe(2);
      rmSync(join(home, 'hooks', 'wake.sh'));
      expect(await wake()).toEqual(silence);
      writeFileSync(join(home, 'runtime'), '/nowhere/node\n');
      expect(await wake()).toEqual(silence);
    });
  });

  test.each([
    ['no Node', () => writeFileSync(join(home, 'runtime'), '/nowhere/node\n')],
    ['a folder for Node', () => writeFileSync(join(home, 'runtime'), '/\n')],
    ['no record of Node', () => rmSync(join(home, 'runtime'))],
    ['an empty record', () => writeFileSync(join(home, 'runtime'), '')],
    ['no hook program', () => rmSync(join(home, 'hooks', 'hook.cjs'))],
  ])('%s: nothing is denied', async (_, damage) => {
    arm('PreToolUse');
    damage();
    const payload = Buffer.alloc(1_000_000, 'x');
    expect(await gate({ ...(shell && { shell }), payload })).toEqual(silence);
    expect(await gate({ ...(shell && { shell }), payload, event: 'Stop' })).toEqual(silence);
  });

  test("Node's exit code is the gate's", async () => {
    arm('PreToolUse');
    for (const code of [0, 1, 2, 5]) {
      hook(`console.error('said'); process.exit(${code})`);
      expect(await gate({ ...(shell && { shell }) })).toMatchObject({ code, stdout: '', stderr: 'said\n' });
    }
  });

  test('a working directory that is gone does not matter', async () => {
    arm('PreToolUse');
    const cwd = join(root, 'gone');
    mkdirSync(cwd);
    const inside = `rmdir '${cwd}'; exec "$0" "$@"`;
    const file = join(home, 'hooks', 'gate.sh');
    hook('console.log("reached")');
    const env = { PATH: process.env['PATH'], CLAUDE_CODE_SESSION_ID: session };
    const run = spawnSync('sh', ['-c', inside, ...wordsOf(shell, file), 'PreToolUse', '60'], {
      cwd,
      env,
      input: '{}',
      encoding: 'utf8',
    });
    expect(existsSync(cwd)).toBe(false);
    expect(run.status).not.toBe(2);
  });

  describe('with fail-closed', () => {
    beforeEach(() => {
      writeFileSync(join(home, 'fail-closed'), '');
      arm('PreToolUse');
    });
    const run = (event = 'PreToolUse'): Promise<Outcome> =>
      gate({ ...(shell && { shell }), event, payload: Buffer.alloc(300_000, 'x') });
    const refused = {
      ...silence,
      code: 2,
      stderr: expect.stringMatching(/^Fermata could not look at this call \(code \d+\)/m),
    };

    test.each([
      [
        'a program that is killed',
        () => hook('process.stdin.resume().on("end", () => process.kill(process.pid, "SIGKILL"))'),
      ],
      ['no Node', () => writeFileSync(join(home, 'runtime'), '/nowhere/node\n')],
      ['no hook program', () => rmSync(join(home, 'hooks', 'hook.cjs'))],
    ])('%s: the call is refused, other events are not', async (_, damage) => {
      damage();
      expect(await run()).toMatchObject(refused);
      expect((await run('Stop')).code).not.toBe(2);
    });

    test('a program that throws: the call is refused', async () => {
      hook('throw new Error("broken")');
      expect(await gate({ ...(shell && { shell }) })).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining('Fermata could not'),
      });
    });

    test.each([0, 2, 5])('a program that ends with %i decides itself', async (code) => {
      hook(`process.stdin.resume().on("end", () => { console.log('{}'); process.exitCode = ${code}; })`);
      expect(await run()).toEqual({ ...silence, code, stdout: '{}\n' });
    });

    test('nothing armed: silence all the same', async () => {
      rmSync(join(home, 'sessions'), { recursive: true });
      rmSync(join(home, 'runtime'));
      expect(await run()).toEqual(silence);
    });
  });
});

describe('the gate itself', () => {
  const damagedCodes = (shell: string, name: string, step: number): Set<number | null> => {
    arm('PreToolUse');
    const whole = readFileSync(join(repoRoot, 'hooks', name));
    const codes = new Set<number | null>();
    // without its first line it is the file of another program
    for (let length = 10; length < whole.length; length += step) {
      writeFileSync(join(home, 'hooks', name), whole.subarray(0, length));
      const [command, ...args] = [...wordsOf(shell, join(home, 'hooks', 'gate.sh')), 'PreToolUse', '60'];
      const { status, stdout } = spawnSync(command, args, {
        env: { PATH: '/usr/local/bin:/usr/bin:/bin', CLAUDE_CODE_SESSION_ID: session },
        input: '{}',
        timeout: 60_000,
        encoding: 'utf8',
      });
      codes.add(status);
      expect(stdout).toMatch(/^(\[.*\]\n)?$/);
    }
    return codes;
  };

  // yash stands for bash 3.2: both forget the trap at a syntax error
  inShells(['sh', 'bash', 'yash', ...sized([], SHELLS)], 'does not deny where it is cut off: %s', (shell) => {
    expect(damagedCodes(shell, 'gate.sh', sized(3, 1))).not.toContain(2);
  });

  inShells(['sh', 'yash', ...sized([], SHELLS)], 'nor where its program is: %s', (shell) => {
    expect(damagedCodes(shell, 'gate.sh.program', sized(97, 11))).not.toContain(2);
  });

  test('without its program everything passes, and the payload is read', async () => {
    arm('PreToolUse');
    rmSync(join(home, 'hooks', 'gate.sh.program'));
    expect(await gate({ payload: Buffer.alloc(3_000_000) })).toMatchObject({ code: 0, stdout: '', writer: undefined });
  });

  inShells(SHELLS, 'ends at every event when its standard input is closed: %s', (shell) => {
    for (const event of ['PreToolUse', 'StopFailure'])
      for (const armed of [false, true]) {
        if (armed) arm(event);
        else rmSync(join(home, 'sessions'), { recursive: true, force: true });
        const inside = 'exec "$@" <&-';
        const { status, error } = spawnSync(
          'sh',
          ['-c', inside, 'sh', ...wordsOf(shell, join(home, 'hooks', 'gate.sh')), event, '60'],
          { env: { PATH: '/usr/local/bin:/usr/bin:/bin', CLAUDE_CODE_SESSION_ID: session }, timeout: 60_000 },
        );
        expect({ event, armed, status, error }).toEqual({ event, armed, status: 0, error: undefined });
      }
  });

  test('cannot be started once the home is gone, which Claude Code only shows', async () => {
    rmSync(home, { recursive: true });
    await expect(gate()).rejects.toThrow('ENOENT');
  });

  test('is plain enough for the oldest shells', () => {
    const code = GATE.map((name) => readFileSync(join(repoRoot, 'hooks', name), 'utf8'))
      .join('')
      .replaceAll(/^\s*#.*$/gm, '');
    expect(code).not.toMatch(/\[\[|<<<|=~|\$'/);
    // as words of the shell, not in a name such as settings.local.json
    expect(code).not.toMatch(/(?:^|[;&|({]|\b(?:then|do|else)\b)\s*(?:local|function)\s/m);
  });
});
