import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { Stage } from '#test/lib/fermata.ts';
import { sized } from '#test/lib/stress/size.ts';
import { ensureRuntimes, runtimeModule } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

interface Pty {
  pid: number;
  onData(listener: (text: string) => void): void;
  kill(signal?: NodeJS.Signals): void;
}
const openPty = (file: string, args: string[], options: object): Pty =>
  (
    createRequire(import.meta.url)(runtimeModule('node-pty')) as {
      spawn: (file: string, args: string[], options: object) => Pty;
    }
  ).spawn(file, args, options);

/** /proc is hidden by a mount of one's own, which only root may make. */
const mayHide = spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'none', '/proc']).status === 0;

let timer: NodeJS.Timeout | undefined;
let claude: Pty | ChildProcess | undefined;
afterEach(() => {
  clearInterval(timer);
  claude?.kill('SIGKILL');
});
beforeAll(() => ensureRuntimes());
afterAll(removeTempDirs);

interface Given {
  /** Whether Claude has a terminal, and what it was started with. */
  terminal?: boolean;
  args?: string[];
  entrypoint?: string;
  ps?: boolean;
  /** Of a waiter that is gone, and whose number another process has. */
  lock?: (claudePid: number) => string;
}

/** Plays a Claude that runs its waiter in the background, and waits until that is woken (2) or has left (0). */
async function wake(hideProc: boolean, { terminal = true, args = [], entrypoint, ps = false, lock }: Given) {
  const stage = new Stage();
  stage.install();
  writeSessionInfo(stage.dir, { session: stage.session, project: stage.project, started: Date.now() });
  stage.publish({ t: 'turn', state: 'idle' });
  const file = (name: string): string => join(stage.root, name);
  // it may be read at any moment
  const table = (): void => {
    writeFileSync(file('table.new'), execFileSync('ps', ['-axwwo', 'pid=,ppid=,tty=,args=']));
    renameSync(file('table.new'), file('table'));
  };
  // procps needs /proc, so what is in its place answers from a table that is made where there is one
  const column =
    '{ if (c == "ppid=") print $2; if (c == "tty=") print $3; if (c == "args=") { $1 = $2 = $3 = ""; print } }';
  const fakePs = ps ? `exec awk -v p="$5" -v c="$3" '$1 == p ${column}' ${shellQuote(file('table'))}` : 'exit 1';
  writeFileSync(file('ps'), `#!/bin/sh\n${fakePs}\n`, { mode: 0o755 });
  if (ps) {
    table();
    timer = setInterval(table, 100);
  }
  const gate = [join(stage.home, 'hooks/gate.sh'), 'Wake', '86400'].map((word) => shellQuote(word)).join(' ');
  const played = [
    'echo $$ >pid',
    'while [ -e wait ]; do sleep 0.1; done',
    `echo '{}' | ${gate} >out 2>err`,
    'echo $? >code.new; mv code.new code',
  ];
  writeFileSync(file('wait'), '');
  writeFileSync(file('claude'), played.join('\n'));
  const run = `exec sh ${shellQuote(file('claude'))} ${args.map((word) => shellQuote(word)).join(' ')}`;
  const [program = '', ...rest] = hideProc
    ? ['unshare', '-m', 'sh', '-c', `mount -t tmpfs none /proc; ${run}`]
    : ['sh', '-c', run];
  const env = {
    ...stage.env({ CLAUDE_CODE_SESSION_ID: stage.session }),
    ...(hideProc && { PATH: `${stage.root}:${stage.env()['PATH']}` }),
    ...(entrypoint !== undefined && { CLAUDE_CODE_ENTRYPOINT: entrypoint }),
  };
  if (terminal) {
    const pty = openPty(program, rest, { cwd: stage.root, env });
    pty.onData(() => {});
    claude = pty;
  } else claude = spawn(program, rest, { cwd: stage.root, env, detached: true, stdio: 'ignore' });
  const read = (name: string): string => (existsSync(file(name)) ? readFileSync(file(name), 'utf8').trim() : '');
  const { waiter } = sessionPaths(stage.dir);
  await waitFor(() => read('pid'), { describe: 'Claude' });
  if (ps) table();
  if (lock !== undefined) writeFileSync(waiter, lock(Number(read('pid'))));
  rmSync(file('wait'));
  const stale = lock?.(Number(read('pid')));
  await waitFor(() => read('code') || (existsSync(waiter) && readFileSync(waiter, 'utf8') !== stale), {
    describe: 'the waiter',
    timeoutMs: 120_000,
  });
  const said = await stage.cli('W1', 'inform', '--now', 'wake up');
  await waitFor(() => read('code'), { describe: 'the waiter to end', timeoutMs: 120_000 });
  return { code: Number(read('code')), told: read('err').includes('wake up'), said: said.err };
}

const woken = { code: 2, told: true, said: '' };
const left = {
  code: 0,
  told: false,
  said: 'fermata: Claude is idle, and nothing wakes it here: it is told at its next call or prompt\n',
};

const CASES: [string, Given, typeof woken][] = [
  ['is woken in a terminal, as Claude Code calls itself', { entrypoint: 'cli' }, woken],
  ['is not waited for with -p, by what ps shows', { ps: true, args: ['-p', 'go'] }, left],
  ['is woken in a terminal that only its child sees', {}, woken],
  ['is not waited for where Claude Code calls itself otherwise', { entrypoint: 'sdk-cli' }, left],
  ['is woken in a terminal that ps shows', { ps: true }, woken],
  ['is not waited for without a terminal, by what ps shows', { ps: true, terminal: false }, left],
  ['is not waited for without one', { terminal: false }, left],
  ['is woken though the number of a former waiter is in use', { ps: true, lock: (pid) => `1 ${pid}\n` }, woken],
];

describe.runIf(mayHide)('without /proc', () => {
  test.each(CASES.slice(0, sized(3, CASES.length)))('Claude %s', async (_name, given, expected) => {
    expect(await wake(true, given)).toEqual(expected);
  });
});

describe.runIf(process.platform === 'linux')('with it', () => {
  test.each<[string, Given, typeof woken]>([
    ['is woken in a terminal', {}, woken],
    ['is not waited for with -p', { args: ['-p', 'go'] }, left],
  ])('Claude %s', async (_name, given, expected) => {
    expect(await wake(false, given)).toEqual(expected);
  });
});
