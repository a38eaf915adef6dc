import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createLog } from '#core/log/append.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { printSpread } from './figure.ts';

const ROUNDS = 40;
const SESSION = 'bench';

/** What lets a held call go: a person's flag, or the word of the worker that blocked it. */
const CAUSES: readonly (readonly [name: string, limitMs: number, cause: (dir: string, block: string) => void])[] = [
  ['release', 100, (dir, block) => raiseFlag(dir, { kind: 'release', block })],
  ['unblock', 50, (dir, block) => publish(dir, Date.now(), { t: 'unblock', block, by: 'W1' })],
];

/** From the cause to the end of the process that held the call. */
export async function holdBench(): Promise<void> {
  const home = join(tempDir('fermata-bench-'), '.fermata');
  const dir = join(home, 'sessions', SESSION);
  copyHooks(home);
  createLog(dir, Date.now());
  for (const [name, limit, cause] of CAUSES) {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) times.push(await endOfHold(home, dir, (block) => cause(dir, block)));
    printSpread(`hold-${name}-to-exit`, times, 'ms', limit);
  }
}

/** Puts the hooks that have been built into a Fermata home. */
export function copyHooks(home: string): void {
  mkdirSync(join(home, 'cache'), { recursive: true });
  cpSync(join(repoRoot, 'dist/hooks'), join(home, 'hooks'), { recursive: true });
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
}

/**
 * Has a call held at a session and `cause` let it go; returns how long, in ms, it is from there to the end of the hook. A
 * cause that takes time to come about tells when it did, epoch ms.
 */
export async function endOfHold(
  home: string,
  dir: string,
  cause: (block: string) => void | Promise<number>,
): Promise<number> {
  const session = basename(dir);
  publish(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    CLAUDE_CODE_SESSION_ID: session,
    CLAUDE_PROJECT_DIR: home,
  };
  const child = spawn(join(home, 'hooks/gate.sh'), ['PreToolUse', '60'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<number>((resolve) => child.on('exit', () => resolve(nowMs())));
  const call = { tool_name: 'Read', tool_input: { file_path: '/a' } };
  child.stdin.end(JSON.stringify({ session_id: session, hook_event_name: 'PreToolUse', cwd: home, ...call }));
  const log = new SessionLog(dir);
  const held = (): string | undefined => [...log.state.blocks.values()].find(({ holding }) => holding.length > 0)?.id;
  await waitFor(
    () => {
      log.refresh();
      return held() !== undefined;
    },
    { describe: 'a held call' },
  );
  const before = nowMs();
  const began = (await cause(held() ?? '')) ?? before;
  return (await ended) - began;
}

/** Epoch ms, finer than `Date.now`. */
const nowMs = (): number => performance.timeOrigin + performance.now();
