import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { shellQuote } from '#core/base/shellQuote.ts';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { conductorEnv, DemoFailure, fireHook, type DemoSession } from './hookCalls.ts';
import { PROMPT } from './project.ts';

interface DemoContext extends DemoSession {
  paceMs: number;
  /** Prints a line for the person in the terminal. */
  print: (text: string) => void;
  signal: AbortSignal;
}

/** The steps for which the merge waits for the person. */
const REVIEW_STEPS = 20;
const REVIEWER = 'review';

/**
 * Plays the simulated Conductor. It reads a file that a worker has loaded, merges after all workers are done and the
 * person has released the merge, and may end its turn only after it has resolved the block of the failed worker.
 */
export async function playConductor(ctx: DemoContext): Promise<void> {
  const { home, project, session, paceMs, print, signal } = ctx;
  const step = (): Promise<void> => delay(paceMs, undefined, { signal });
  await fireHook(ctx, 'SessionStart', { source: 'startup' });
  print(`You: ${PROMPT}`);
  await fireHook(ctx, 'UserPromptSubmit', { prompt: PROMPT });
  const log = new SessionLog(sessionDir(home, session));
  log.refresh();
  if (log.state.runs.size === 0) throw new DemoFailure('The demo could not start its workers; see ~/.fermata/logs.');
  print('Fermata starts three workers. Look at the Fermata panel.');
  await step();

  print('Claude wants to read data1.csv: W1 has it, so the call is held. Click Release, or wait.');
  await callTool(ctx, 'Read', { file_path: join(project, 'data1.csv') });

  print('Claude wants to merge: held until every worker has ended and you have looked. Release, or wait.');
  publish(log.dir, Date.now(), {
    t: 'hook',
    worker: REVIEWER,
    event: 'PreToolUse',
    exit: 2,
    message: 'Look at what the workers say, then click Release: the merge waits for you',
    match: { tool: 'Bash', command: 'sh merge.sh*' },
    ttlMs: REVIEW_STEPS * paceMs,
  });
  const command = 'sh merge.sh data1.csv data2.csv data3.csv';
  await callTool(ctx, 'Bash', { command, description: 'Merge the results' });
  publish(log.dir, Date.now(), { t: 'done', worker: REVIEWER });

  print('Claude wants to end its turn.');
  for (let refused = await fireHook(ctx, 'Stop', { stop_hook_active: false }); refused !== undefined;) {
    const blockId = /resolve (B\d+)/.exec(refused)?.[1];
    if (blockId === undefined) break;
    print(`It may not: W3 failed (${blockId}). In three steps it says what it did about that.`);
    for (let i = 0; i < 3; i++) await step();
    const args = ['resolve', blockId, 'Row 812 of data3.csv was left out of the table'];
    const resolve = [homePaths(home).cli, ...args].map(shellQuote).join(' ');
    await callTool(ctx, 'Bash', { command: resolve, description: 'Resolve' });
    const cli = join(home, 'lib', 'fermata.cjs');
    await promisify(execFile)(process.execPath, [cli, ...args], { env: conductorEnv(ctx), signal });
    refused = await fireHook(ctx, 'Stop', { stop_hook_active: true });
  }
  print('Claude: The table is merged, 2,100 of 3,100 rows; row 812 of data3.csv has no value.');
}

/** Makes one tool call: repeats it until no hook refuses it, then reports it as done. */
async function callTool(ctx: DemoContext, tool: string, input: Record<string, unknown>): Promise<void> {
  const payload = { tool_name: tool, tool_input: input, tool_use_id: `toolu_${Date.now()}` };
  for (;;) {
    const refused = await fireHook(ctx, 'PreToolUse', payload);
    if (refused === undefined) break;
    ctx.print(`Refused: ${refused.split('\n')[0] ?? ''}`);
    await delay(2 * ctx.paceMs, undefined, { signal: ctx.signal });
  }
  await fireHook(ctx, 'PostToolUse', { ...payload, tool_response: {}, duration_ms: 1 });
}
