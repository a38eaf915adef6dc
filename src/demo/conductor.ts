import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { homePaths, sessionDir } from '#core/base/paths.ts';
import { publish as append } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { conductorEnv, DemoFailure, type HookAnswer, type HookCalls } from './hookCalls.ts';
import { PROMPT } from './project.ts';

export interface DemoContext {
  home: string;
  project: string;
  session: string;
  hooks: HookCalls;
  paceMs: number;
  /** Tells whoever watches in a terminal. */
  print: (text: string) => void;
  signal: AbortSignal;
}

/** How long the merge waits for the person, in steps. */
const REVIEW_STEPS = 20;
const REVIEWER = 'review';

/**
 * What the simulated Conductor does: reads a file that a worker has in its hands, merges when all are done and the
 * person has looked, and may not end its turn before it has answered for the worker that failed.
 */
export async function playConductor(ctx: DemoContext): Promise<void> {
  const { hooks, home, project, session, paceMs, print, signal } = ctx;
  const step = (): Promise<void> => delay(paceMs, undefined, { signal });
  await hooks.fire('SessionStart', { source: 'startup' });
  print(`You: ${PROMPT}`);
  await hooks.fire('UserPromptSubmit', { prompt: PROMPT });
  const log = new SessionLog(sessionDir(home, session));
  log.refresh();
  if (log.state.runs.size === 0) throw new DemoFailure('The demo could not start its workers; see ~/.fermata/logs.');
  print('Fermata starts three workers. Look at the Fermata panel.');
  await step();

  print('Claude wants to read data1.csv: W1 has it, so the call is held. Click Release, or wait.');
  await callTool(ctx, 'Read', { file_path: join(project, 'data1.csv') });

  print('Claude wants to merge: held until every worker has ended and you have looked. Release, or wait.');
  append(log.dir, Date.now(), {
    t: 'hook',
    worker: REVIEWER,
    event: 'PreToolUse',
    exit: 2,
    message: 'Look at what the workers say, then click Release: the merge waits for you',
    match: { tool: 'Bash', command: 'sh merge.sh*' },
    ttlMs: REVIEW_STEPS * paceMs,
  });
  await callTool(ctx, 'Bash', {
    command: 'sh merge.sh data1.csv data2.csv data3.csv',
    description: 'Merge the results',
  });
  append(log.dir, Date.now(), { t: 'done', worker: REVIEWER });

  print('Claude wants to end its turn.');
  for (let held = await hooks.fire('Stop', { stop_hook_active: false }); held.refused !== undefined;) {
    const blockId = /resolve (B\d+)/.exec(held.refused)?.[1];
    if (blockId === undefined) break;
    print(`It may not: W3 failed (${blockId}). In three steps it says what it did about that.`);
    for (let i = 0; i < 3; i++) await step();
    const args = ['resolve', blockId, 'Row 812 of data3.csv was left out of the table'];
    await callTool(ctx, 'Bash', {
      command: `${homePaths(home).cli} resolve ${blockId} "${args[2]}"`,
      description: 'Resolve',
    });
    const cli = join(home, 'lib', 'fermata.cjs');
    await promisify(execFile)(process.execPath, [cli, ...args], { env: conductorEnv(ctx), signal });
    held = await hooks.fire('Stop', { stop_hook_active: true });
  }
  print('Claude: The table is merged, 2,100 of 3,100 rows; row 812 of data3.csv has no value.');
}

/** One tool call: asked for until it is let through, and then as if it had been made. */
async function callTool(
  { hooks, paceMs, print, signal }: DemoContext,
  tool: string,
  input: Record<string, unknown>,
): Promise<void> {
  const payload = { tool_name: tool, tool_input: input, tool_use_id: `toolu_${Date.now()}` };
  for (;;) {
    const answer: HookAnswer = await hooks.fire('PreToolUse', payload);
    if (answer.refused === undefined) break;
    print(`Refused: ${answer.refused.split('\n')[0] ?? ''}`);
    await delay(2 * paceMs, undefined, { signal });
  }
  await hooks.fire('PostToolUse', { ...payload, tool_response: {}, duration_ms: 1 });
}
