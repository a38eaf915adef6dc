/**
 * The hook program, which gate.sh starts when there may be something to answer: `hook.cjs <Event> <timeout seconds>`, with
 * the payload on standard input. On any error inside the session continues: the exit code is 0 and the log has a line. With
 * the setting `failClosed` the tool call is refused instead, with the error as the reason.
 */
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorText, logError } from '#core/base/errorLog.ts';
import { homePaths } from '#core/base/paths.ts';
import { readAll, writeAll } from '#core/base/stdio.ts';
import { compileValidator, firstError } from '#protocol/compileValidator.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { payloadSchema } from '#protocol/schemas.ts';
import { dispatch } from './dispatch.ts';
import { EMPTY_REPLY, type Reply } from './reply.ts';
import type { HookEnvironment } from './hookContext.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];
/** Bytes. A larger payload is not parsed: nothing is blocked, and the log has a line. */
const MAX_PAYLOAD = 16 << 20;

async function run(env: HookEnvironment): Promise<Reply> {
  const payload = parsePayload(readAll(STDIN, MAX_PAYLOAD)?.toString('utf8'));
  if (typeof payload !== 'string') return dispatch(payload, env);
  logError(env.home, 'hook', env.now(), `a payload ${payload}: nothing was blocked`);
  return EMPTY_REPLY;
}

/** The payload, or why there is none, as the end of a sentence. */
function parsePayload(text: string | undefined): HookPayload | string {
  if (text === undefined) return 'above 16 MB was not looked at';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `was not JSON (${text.length} characters)`;
  }
  if (compileValidator(payloadSchema)(value)) return value as HookPayload;
  return `was not understood (${firstError(payloadSchema, value).join('.')})`;
}

async function main(): Promise<number> {
  // the installed hook takes its home from its own path: <home>/hooks/hook.cjs
  const home = dirname(dirname(process.argv[1] ?? ''));
  const env: HookEnvironment = { home, env: process.env, now: Date.now, timeoutSeconds: Number(process.argv[3]) || 60 };
  let result: Reply;
  try {
    result = await run(env);
  } catch (error) {
    logError(home, 'hook', Date.now(), `${process.argv[2] ?? ''}: ${errorText(error)}`);
    const failClosed = process.argv[2] === 'PreToolUse' && existsSync(homePaths(home).failClosed);
    const refusal = `Fermata failed and is set to refuse calls then (setting failClosed): ${(error as Error).message}`;
    result = failClosed ? { stdout: '', stderr: refusal, code: 2 } : EMPTY_REPLY;
  }
  try {
    writeAll(STDERR, result.stderr);
    writeAll(STDOUT, result.stdout);
  } catch {
    // Claude has closed the pipe
  }
  return result.code;
}

void main().then((code) => process.exit(code));
