/**
 * The hook program, which gate.sh starts when there may be something to answer: `hook.cjs <Event> <timeout seconds> [shared]`, with
 * the payload on standard input. On any error inside the session continues: the exit code is 0 and the log has a line. With
 * the setting `failClosed` the tool call is refused instead, with the error as the reason.
 */
import { dirname } from 'node:path';
import { errorText, logError } from '#core/base/errorLog.ts';
import { homePaths } from '#core/base/paths.ts';
import { readAll, writeAll } from '#core/base/stdio.ts';
import { dispatch } from './dispatch.ts';
import { isFailClosed } from './failClosed.ts';
import { MAX_PAYLOAD_BYTES, readPayload } from './readPayload.ts';
import type { Reply } from './reply.ts';
import type { HookEnvironment } from './hookContext.ts';

const [STDIN, STDOUT, STDERR] = [0, 1, 2];

async function run(env: HookEnvironment, event: string, print: (answer: Reply) => boolean): Promise<void> {
  const { payload, problem } = readPayload(readAll(STDIN, MAX_PAYLOAD_BYTES), event);
  if (problem !== undefined) {
    if (isFailClosed(env.home, event)) throw new Error(`the payload ${problem}`);
    const consequence = payload === undefined ? 'nothing was blocked' : 'what it lacks was not looked at';
    logError(env.home, 'hook', env.now(), `${event}: a payload ${problem}: ${consequence}`);
  }
  if (payload !== undefined) await dispatch(payload, env, print);
}

async function main(): Promise<number> {
  // the installed hook takes its home from its own path: <home>/hooks/hook.cjs
  const home = dirname(dirname(process.argv[1] ?? ''));
  const [, , event = '', timeout, origin] = process.argv;
  const timeoutSeconds = Number(timeout) || 60;
  const shared = origin === 'shared';
  const env: HookEnvironment = { home, env: process.env, now: Date.now, timeoutSeconds, shared };
  let answered: Reply | undefined;
  const print = (answer: Reply): boolean => {
    answered = answer;
    try {
      writeAll(STDERR, answer.stderr);
      writeAll(STDOUT, answer.stdout);
      return true;
    } catch {
      // Claude has closed the pipe
      return false;
    }
  };
  try {
    await run(env, event, print);
  } catch (error) {
    logError(home, 'hook', Date.now(), `${event}: ${errorText(error)}`);
    const { failClosed } = homePaths(home);
    const refusal = `Fermata failed and is set to refuse calls then (setting failClosed): ${(error as Error).message}. Run 'fermata doctor', or delete ${failClosed} to go on without.`;
    if (isFailClosed(home, event) && answered === undefined) print({ stdout: '', stderr: refusal, code: 2 });
  }
  return answered?.code ?? 0;
}

void main().then((code) => process.exit(code));
