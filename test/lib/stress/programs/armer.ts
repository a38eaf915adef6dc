/**
 * Publishes blocks, each on its own path, and ends them after a while: `armer DIR NAME SEED slow|quick`. When its
 * standard input has ended it leaves one block active. It prints when each block was in force and when it began to
 * publish the end (monotonic ns), and whether the event was armed all that time. With `quick` a block lasts
 * milliseconds, so that many begin just while a hook disarms.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { random } from '#test/lib/stress/random.ts';

const [dir = '', worker = '', seed = '0', pace = 'slow'] = process.argv.slice(2);
const rnd = random(Number(seed));
const log = new SessionLog(dir);
let ending = false;
process.stdin.on('end', () => (ending = true)).resume();

const clock = (): number => Number(process.hrtime.bigint());
const report = (entry: object): void => void process.stdout.write(`${JSON.stringify(entry)}\n`);

const activeMs = (): number => (pace === 'quick' ? rnd() * 40 : 200 + rnd() * 2300);
const pauseMs = (): number => rnd() * (pace === 'quick' && rnd() < 0.9 ? 40 : 1500);

function armed(): boolean {
  try {
    return readdirSync(join(sessionPaths(dir).armed, 'PreToolUse')).length > 0;
  } catch {
    return false;
  }
}

function blockOn(path: string): string {
  log.refresh();
  for (const block of log.state.blocks.values()) if (block.match?.path === path) return block.id;
  throw new Error(`the block on ${path} is not in the log`);
}

async function main(): Promise<void> {
  for (let n = 0; ; n++) {
    const path = `${worker}-${n}.txt`;
    publish(dir, Date.now(), {
      t: 'hook',
      worker,
      event: 'PreToolUse',
      exit: 2,
      stderr: `not ${path}`,
      match: { path },
    });
    report({ path, inForce: clock() });
    const until = clock() + activeMs() * 1e6;
    let missing = false;
    for (; clock() < until; await delay(rnd() * 4)) missing ||= !armed();
    missing ||= !armed();
    if (ending) return report({ path, missing, last: true });
    report({ path, missing, ending: clock() });
    publish(dir, Date.now(), { t: 'unblock', block: blockOn(path), by: worker });
    // at times no block is active, and the hooks disarm
    await delay(pauseMs());
  }
}

void main().then(() => process.exit(0));
