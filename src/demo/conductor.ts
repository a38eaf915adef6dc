import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { ownProgram } from '#core/base/ownCommand.ts';
import { shellCommand } from '#core/base/shellQuote.ts';
import { sessionDir } from '#core/base/paths.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { demoStep } from '#protocol/guide.ts';
import { USER } from '#protocol/ids.ts';
import { conductorEnv, DemoFailure, fireHook, type DemoSession } from './hookCalls.ts';
import { FIRST_PROMPT, PROMPT } from './project.ts';

interface DemoContext extends DemoSession {
  paceMs: number;
  /** Prints a line for the person in the terminal. */
  print: (text: string) => void;
  signal: AbortSignal;
}

const REVIEWER = 'review';
const CHECK = 'sh check.sh';

/**
 * Plays the simulated Conductor in four steps. A call waits for the person, which shows what a click does; it reads a file
 * that a worker has loaded; it merges after all workers are done and the person has let the merge run; it may end its turn
 * only after it has resolved the block of the failed worker. Where it waits for the person there is no limit of time.
 */
export async function playConductor(ctx: DemoContext): Promise<void> {
  const { home, session, print } = ctx;
  await fireHook(ctx, 'SessionStart', { source: 'startup' });
  const log = new SessionLog(sessionDir(home, session));
  await checkFiles(ctx, log);
  print(`You: ${PROMPT}`);
  await fireHook(ctx, 'UserPromptSubmit', { prompt: PROMPT });
  log.refresh();
  if (log.state.runs.size === 0) throw new DemoFailure('The demo could not start its workers; see ~/.fermata/logs.');
  print('Fermata starts three workers. Look at the Fermata panel.');
  await step(ctx);
  await readFile(ctx, log);
  await mergeResults(ctx, log);
  await endTurn(ctx, log);
  print('Claude: The table is merged, 2,100 of 3,100 rows; row 812 of data3.csv has no value.');
}

const step = ({ paceMs, signal }: DemoContext): Promise<void> => delay(paceMs, undefined, { signal });

/** Begins a step, in the log and in the terminal. */
function begin({ print }: DemoContext, { dir }: SessionLog, number: number, text: string): void {
  publish(dir, Date.now(), { t: 'log', level: 'info', message: demoStep(number, text) });
  print(`${number} of 4: ${text}`);
}

/** A call that waits for nothing but the person's click. */
async function checkFiles(ctx: DemoContext, log: SessionLog): Promise<void> {
  ctx.print(`You: ${FIRST_PROMPT}`);
  await fireHook(ctx, 'UserPromptSubmit', { prompt: FIRST_PROMPT });
  begin(ctx, log, 1, 'Claude wants to run a command that waits for you. Let it run, and Claude goes on at once.');
  publish(log.dir, Date.now(), {
    t: 'hook',
    worker: USER,
    event: 'PreToolUse',
    exit: 2,
    message: 'This is how a call waits for you. Let it run, and Claude goes on',
    match: { tool: 'Bash', command: `${CHECK}*` },
  });
  await callTool(ctx, 'Bash', { command: `${CHECK} data1.csv data2.csv data3.csv`, description: 'Check the files' });
  await fireHook(ctx, 'Stop', { stop_hook_active: false });
}

async function readFile(ctx: DemoContext, log: SessionLog): Promise<void> {
  begin(ctx, log, 2, 'W1 has data1.csv open, so the call that reads it waits until W1 is done. Nothing to do.');
  await callTool(ctx, 'Read', { file_path: join(ctx.project, 'data1.csv') });
}

async function mergeResults(ctx: DemoContext, log: SessionLog): Promise<void> {
  begin(ctx, log, 3, 'The merge waits for every worker, then for you. See what they report, and let it run.');
  publish(log.dir, Date.now(), {
    t: 'hook',
    worker: REVIEWER,
    event: 'PreToolUse',
    exit: 2,
    message: 'Look at what the workers say, then let it run: the merge waits for you',
    match: { tool: 'Bash', command: 'sh merge.sh*' },
  });
  const command = 'sh merge.sh data1.csv data2.csv data3.csv';
  await callTool(ctx, 'Bash', { command, description: 'Merge the results' });
  publish(log.dir, Date.now(), { t: 'done', worker: REVIEWER });
  // the person may have let it run before
  for (log.refresh(); [...log.state.workers.values()].some((worker) => !hasEnded(worker)); log.refresh())
    await step(ctx);
}

async function endTurn(ctx: DemoContext, log: SessionLog): Promise<void> {
  const { home, print, signal } = ctx;
  begin(ctx, log, 4, 'W3 failed, so Claude may not end its turn before it answers for that. Nothing to do.');
  for (let refused = await fireHook(ctx, 'Stop', { stop_hook_active: false }); refused !== undefined;) {
    const blockId = /resolve (B\d+)/.exec(refused)?.[1];
    if (blockId === undefined) break;
    print(`It may not: W3 failed (${blockId}). In three steps it says what it did about that.`);
    for (let i = 0; i < 3; i++) await step(ctx);
    const args = ['resolve', blockId, 'Row 812 of data3.csv was left out of the table'];
    const resolve = shellCommand([ownProgram(home, 'sh'), ...args], 'sh');
    await callTool(ctx, 'Bash', { command: resolve, description: 'Resolve' });
    const cli = join(home, 'lib', 'fermata.cjs');
    await promisify(execFile)(process.execPath, [cli, ...args], { env: conductorEnv(ctx), signal });
    refused = await fireHook(ctx, 'Stop', { stop_hook_active: true });
  }
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
