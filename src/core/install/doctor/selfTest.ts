import { existsSync, lstatSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '#core/log/append.ts';
import { nonce } from '#core/base/nonce.ts';
import { arm } from '#core/session/armed.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { error, ok, warn, type Finding } from './finding.ts';
import { hookOutputProblem } from './hookOutput.ts';
import { samplePayload } from './samplePayload.ts';
import { GATED } from '#protocol/hookEvents.ts';
import type { HookRun, InstalledEntry, RunHook } from './runHook.ts';

export interface SelfTestOptions {
  /** The home that the entries call. */
  home: string;
  entries: readonly InstalledEntry[];
  env: NodeJS.ProcessEnv;
  now: () => number;
  run: RunHook;
}

/** Longer than this no answer should take that nobody holds. */
const TIMEOUT_MS = 10_000;
/** A waiter that is still there after this is at its post. */
const WAITER_GRACE_MS = 1500;
/** What is said before a tool call must arrive after it. */
const TEST_MESSAGE = 'fermata doctor: this message should arrive';
const REINSTALL_HINT = 'Install the hooks again; if that does not help, look into the folder logs of the Fermata home.';

/**
 * Runs every entry once as Claude Code would, with a payload as Claude Code writes it, in a session made for this and
 * removed afterwards: no live session is touched. Besides that each ends well, a message is sent through.
 */
export async function selfTest(options: SelfTestOptions): Promise<Finding[]> {
  const { home, entries } = options;
  const session = `fermata-doctor-${nonce()}`;
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'fermata-doctor-')));
  const findings: Finding[] = [];
  try {
    for (const entry of inSessionOrder(entries)) findings.push(await runEntry(entry, session, project, options));
  } finally {
    rmSync(project, { recursive: true, force: true });
    const dir = sessionDir(home, session);
    // a link would be another session's folder
    if (lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true)
      rmSync(dir, { recursive: true, force: true });
  }
  return findings;
}

async function runEntry(
  entry: InstalledEntry,
  session: string,
  project: string,
  { home, env, now, run }: SelfTestOptions,
): Promise<Finding> {
  const { event } = entry;
  const dir = sessionDir(home, session);
  const gated = GATED.find((name) => name === event);
  if (event !== 'SessionStart' && !hasLog(dir)) createLog(dir, now());
  if (event === 'PostToolUse')
    publish(dir, now(), { t: 'hook', worker: 'doctor', event: 'PostToolUse', exit: 0, message: TEST_MESSAGE });
  // armed, so that the gate's long way is gone, too
  else if (gated !== undefined) arm(dir, [gated]);
  const isWaiter = entry.asyncRewake === true;
  const outcome = await run({
    entry,
    cwd: project,
    env: { ...withoutFermata(env), CLAUDECODE: '1', CLAUDE_PROJECT_DIR: project, CLAUDE_CODE_SESSION_ID: session },
    payload: `${JSON.stringify(samplePayload(event, session, project))}\n`,
    timeoutMs: Math.min(isWaiter ? WAITER_GRACE_MS : TIMEOUT_MS, (entry.timeout ?? Infinity) * 1000),
  });
  const finding = judge(entry, outcome, event === 'PostToolUse' ? TEST_MESSAGE : undefined);
  return event === 'SessionStart' && finding.level === 'ok' && !hasLog(dir)
    ? error('selfTest', `${event}: the hook ran, but no session was begun.`, REINSTALL_HINT)
    : finding;
}

const hasLog = (dir: string): boolean => existsSync(join(dir, 'events.jsonl'));

/** What an outcome means for Claude Code. */
export function judge(entry: InstalledEntry, outcome: HookRun, expected?: string): Finding {
  const { event } = entry;
  const id = 'selfTest';
  const errorLine = outcome.stderr.trim().split('\n')[0] ?? '';
  const detail = errorLine === '' ? '' : `: ${errorLine}`;
  if (outcome.startError !== undefined)
    return error(id, `${event}: the hook could not be started (${outcome.startError}).`, REINSTALL_HINT);
  if (outcome.timedOut)
    return entry.asyncRewake === true
      ? ok(id, `${event}: the waiter stands by.`)
      : error(id, `${event}: no answer within ${Math.round(outcome.ms / 1000)} seconds.`, REINSTALL_HINT);
  if (outcome.code === 2) return error(id, `${event}: the hook refused (exit code 2)${detail}.`, REINSTALL_HINT);
  if (outcome.code !== 0)
    return error(
      id,
      `${event}: the hook ended with ${outcome.code ?? outcome.signal ?? 'nothing'}${detail}.`,
      REINSTALL_HINT,
    );
  const problem = hookOutputProblem(event, outcome.stdout);
  if (problem !== undefined)
    return error(id, `${event}: Claude Code would not take the answer: ${problem}.`, REINSTALL_HINT);
  if (expected !== undefined && !outcome.stdout.includes(expected))
    return error(id, `${event}: a message to Claude did not arrive.`, REINSTALL_HINT);
  if (entry.asyncRewake !== true && outcome.ms > 2000)
    return warn(
      id,
      `${event} answers, but only after ${outcome.ms} ms.`,
      'Look whether the machine or its disk is busy.',
    );
  return ok(id, `${event} answers (${outcome.ms} ms).`);
}

/** As events follow each other in a session. */
function inSessionOrder(entries: readonly InstalledEntry[]): InstalledEntry[] {
  const rank = ({ event }: InstalledEntry): number => (event === 'SessionStart' ? 0 : event === 'SessionEnd' ? 2 : 1);
  return entries.toSorted((a, b) => rank(a) - rank(b));
}

/** Who runs this inside a worker or inside Claude's shell shall not be taken for a part of that session. */
function withoutFermata(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('FERMATA_') && name !== 'CLAUDE_ENV_FILE'),
  );
}
