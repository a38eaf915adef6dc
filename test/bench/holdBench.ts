import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../../src/core/log/append.ts';
import { raiseFlag } from '../../src/core/session/flags.ts';
import { say } from '../../src/core/log/say.ts';
import { SessionLog } from '../../src/core/log/sessionLog.ts';
import { repoRoot } from '../lib/runtimes.ts';
import { tempDir } from '../lib/tempDir.ts';
import { waitFor } from '../lib/waitFor.ts';
import { printSpread } from './figure.ts';

const ROUNDS = 40;
const SESSION = 'bench';

/** What lets a held call go: a person's flag, or the word of the worker that blocked it. */
const CAUSES: readonly (readonly [name: string, limitMs: number, cause: (dir: string, block: string) => void])[] = [
  ['release', 100, (dir, block) => raiseFlag(dir, { kind: 'release', block })],
  ['unblock', 50, (dir, block) => say(dir, Date.now(), { t: 'unblock', block, by: 'W1' })],
];

/** From the cause to the end of the process that held the call. */
export async function holdBench(): Promise<void> {
  const home = join(tempDir('fermata-bench-'), '.fermata');
  const dir = join(home, 'sessions', SESSION);
  mkdirSync(join(home, 'cache'), { recursive: true });
  cpSync(join(repoRoot, 'dist/hooks'), join(home, 'hooks'), { recursive: true });
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
  createLog(dir, Date.now());
  let blocks = 0;
  for (const [name, limit, cause] of CAUSES) {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS; i++) times.push(await endOfHold(home, dir, `B${++blocks}`, cause));
    printSpread(`hold-${name}-to-exit`, times, 'ms', limit);
  }
}

async function endOfHold(
  home: string,
  dir: string,
  block: string,
  cause: (dir: string, block: string) => void,
): Promise<number> {
  say(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    CLAUDE_CODE_SESSION_ID: SESSION,
    CLAUDE_PROJECT_DIR: home,
  };
  const child = spawn(join(home, 'hooks/gate.sh'), ['PreToolUse', '60'], { env, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const call = { tool_name: 'Read', tool_input: { file_path: '/a' } };
  child.stdin.end(JSON.stringify({ session_id: SESSION, hook_event_name: 'PreToolUse', cwd: home, ...call }));
  const log = new SessionLog(dir);
  await waitFor(
    () => {
      log.refresh();
      return (log.state.blocks.get(block)?.holding.length ?? 0) > 0;
    },
    { describe: `${block} holds the call` },
  );
  const started = process.hrtime.bigint();
  cause(dir, block);
  await ended;
  return Number(process.hrtime.bigint() - started) / 1e6;
}
