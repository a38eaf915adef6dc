import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '../../src/core/append.ts';
import { raiseFlag } from '../../src/core/flags.ts';
import { say } from '../../src/core/say.ts';
import { SessionLog } from '../../src/core/sessionLog.ts';
import { repoRoot } from '../lib/runtimes.ts';
import { tempDir } from '../lib/tempDir.ts';
import { waitFor } from '../lib/waitFor.ts';
import { median, print } from './figure.ts';

const ROUNDS = 40;
const SESSION = 'bench';

/** From the person's flag to the end of the hook that held the call. */
export async function releaseBench(): Promise<void> {
  const home = join(tempDir('fermata-bench-'), '.fermata');
  const dir = join(home, 'sessions', SESSION);
  mkdirSync(join(home, 'cache'), { recursive: true });
  cpSync(join(repoRoot, 'dist/hooks'), join(home, 'hooks'), { recursive: true });
  writeFileSync(join(home, 'runtime'), `${process.execPath}\n`);
  createLog(dir, Date.now());
  const times: number[] = [];
  for (let i = 1; i <= ROUNDS; i++) times.push(await release(home, dir, `B${i}`));
  times.sort((a, b) => a - b);
  const p95 = Number((times[Math.ceil(0.95 * ROUNDS) - 1] ?? 0).toFixed(1));
  print({ name: 'release-to-exit-median', value: Number(median(times).toFixed(1)), unit: 'ms' });
  print({ name: 'release-to-exit-p95', value: p95, unit: 'ms', limit: 100, ok: p95 <= 100 });
}

async function release(home: string, dir: string, block: string): Promise<number> {
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
  raiseFlag(dir, { kind: 'release', block });
  await ended;
  return Number(process.hrtime.bigint() - started) / 1e6;
}
