/**
 * The hook program: gate.sh starts it when there may be something to answer. `hook.cjs <Event> <timeout seconds>`,
 * payload on standard input. Whatever goes wrong inside, the session goes on: exit 0 and a line in the logs, or,
 * where the person chose `failClosed`, a refusal of the tool call that says so.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { diary } from '../src/core/diary.ts';
import { homePaths } from '../src/core/paths.ts';
import { readAll, writeAll } from '../src/core/stdio.ts';
import { acceptor, faultIn } from '../src/protocol/acceptor.ts';
import type { HookPayload } from '../src/protocol/payload.ts';
import { plainPayload } from '../src/protocol/schemas.ts';
import { answerTo } from './answerTo.ts';
import { NOTHING, type Reply } from './reply.ts';
import type { Surroundings } from './visit.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];
/** A payload above this is not looked at: nothing is blocked, the logs say so. */
const MAX_PAYLOAD = 16 << 20;

async function run(around: Surroundings): Promise<Reply> {
  const { home, now } = around;
  const text = readAll(STDIN, MAX_PAYLOAD)?.toString('utf8');
  if (text === undefined) {
    diary(home, 'hook', now(), 'a payload above 16 MB was not looked at: nothing was blocked');
    return NOTHING;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    diary(home, 'hook', now(), `a payload was not JSON (${text.length} characters): nothing was blocked`);
    return NOTHING;
  }
  if (!acceptor(plainPayload)(value)) {
    const field = faultIn(plainPayload, value).join('.');
    diary(home, 'hook', now(), `a payload was not understood (${field}): nothing was blocked`);
    return NOTHING;
  }
  return answerTo(value as HookPayload, around);
}

async function main(): Promise<number> {
  // the installed hook takes its home from its own path: <home>/hooks/hook.cjs
  const home = dirname(dirname(process.argv[1] ?? ''));
  const around: Surroundings = { home, env: process.env, now: Date.now, timeoutSeconds: Number(process.argv[3]) || 60 };
  let result: Reply;
  try {
    result = await run(around);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    diary(home, 'hook', Date.now(), `${process.argv[2] ?? ''}: ${text}`);
    const closed = process.argv[2] === 'PreToolUse' && existsSync(homePaths(home).failClosed);
    result = closed
      ? {
          stdout: '',
          stderr: `Fermata failed and is set to refuse calls then (setting failClosed): ${(error as Error).message}`,
          code: 2,
        }
      : NOTHING;
  }
  try {
    writeAll(STDERR, result.stderr);
    writeAll(STDOUT, result.stdout);
  } catch {
    // nobody listens any more
  }
  return result.code;
}

void main().then((code) => process.exit(code));
