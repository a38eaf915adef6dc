import { existsSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '#core/base/files/remove.ts';
import { makeTemporaryFolder } from '#core/base/files/temporary.ts';
import { eventOf } from '#core/install/entries.ts';
import { createLog } from '#core/log/append.ts';
import { nonce } from '#core/base/nonce.ts';
import { arm } from '#core/session/armed.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { error, ok, warn, type Finding } from './finding.ts';
import { hookOutputProblem } from './hookOutput.ts';
import { samplePayload } from './samplePayload.ts';
import { GATED } from '#protocol/hookEvents.ts';
import { runHook, type HookRun, type InstalledEntry } from './runHook.ts';

export interface SelfTestOptions {
  /** The home that the entries call. */
  home: string;
  entries: readonly InstalledEntry[];
  env: NodeJS.ProcessEnv;
  now: () => number;
}

/** The limit for an answer that no block holds. */
const TIMEOUT_MS = 10_000;
/** How many entries run at once: one after the other takes long where processes start slowly. */
const AT_ONCE = 4;
/** A slower answer is worth a warning. */
const SLOW_MS = 2000;
/** A waiter that still runs after this time works. */
const WAITER_GRACE_MS = 1500;
/** A message that is published before PostToolUse, whose hook must deliver it. */
const TEST_MESSAGE = 'fermata doctor: this message should arrive';
const REINSTALL_HINT = 'Install the hooks again; if that does not help, look into the folder logs of the Fermata home.';

/**
 * Runs every entry once as Claude Code does, with a realistic payload. It uses a session of its own and removes it
 * afterwards, so no live session is touched. Besides each entry's result, it checks that a message is delivered.
 */
export async function selfTest(options: SelfTestOptions): Promise<Finding[]> {
  const { home, entries } = options;
  const session = `fermata-doctor-${nonce()}`;
  const project = realpathSync(makeTemporaryFolder(join(tmpdir(), 'fermata-doctor-')));
  const findings = new Map<InstalledEntry, Finding>();
  const ordered = inSessionOrder(entries);
  try {
    for (const several of together(ordered))
      await Promise.all(
        several.map(async (entry) => findings.set(entry, await runEntry(entry, session, project, options))),
      );
  } finally {
    removeTree(project);
    removeTree(sessionDir(home, session));
  }
  return ordered.flatMap((entry) => findings.get(entry) ?? []);
}

/** The entries to run one after the other, and those of them that run at once, as hooks of a session may. */
function together(ordered: readonly InstalledEntry[]): InstalledEntry[][] {
  // others would deliver the message, too
  const alone = ['SessionStart', 'PostToolUse', 'SessionEnd'];
  const groups: InstalledEntry[][] = [];
  for (const entry of ordered) {
    const last = groups.at(-1);
    if (last === undefined || last.length === AT_ONCE || [entry, ...last].some(({ event }) => alone.includes(event)))
      groups.push([entry]);
    else last.push(entry);
  }
  return groups;
}

async function runEntry(
  entry: InstalledEntry,
  session: string,
  project: string,
  { home, env, now }: SelfTestOptions,
): Promise<Finding> {
  const { event } = entry;
  const dir = sessionDir(home, session);
  const gated = GATED.find((name) => name === eventOf(event));
  if (event !== 'SessionStart' && !hasLog(dir)) createLog(dir, now());
  if (event === 'PostToolUse')
    publish(dir, now(), { t: 'hook', worker: 'doctor', event: 'PostToolUse', exit: 0, message: TEST_MESSAGE });
  // an armed event makes the gate start the hook program instead of answering itself
  else if (gated !== undefined) arm(dir, [gated]);
  const outcome = await runHook({
    entry,
    cwd: project,
    // a shared entry finds the home by this variable
    env: {
      ...withoutFermata(env),
      FERMATA_HOME: home,
      CLAUDECODE: '1',
      CLAUDE_PROJECT_DIR: project,
      CLAUDE_CODE_SESSION_ID: session,
    },
    payload: `${JSON.stringify(samplePayload(event, session, project))}\n`,
    timeoutMs: Math.min(entry.asyncRewake === true ? WAITER_GRACE_MS : TIMEOUT_MS, (entry.timeout ?? Infinity) * 1000),
  });
  const finding = judge(entry, outcome, event === 'PostToolUse' ? TEST_MESSAGE : undefined);
  return event === 'SessionStart' && finding.level === 'ok' && !hasLog(dir)
    ? error('selfTest', `${event}: the hook ran, but no session was begun.`, REINSTALL_HINT)
    : finding;
}

const hasLog = (dir: string): boolean => existsSync(sessionPaths(dir).log);

/** Rates the outcome of one run by what Claude Code would make of it. */
export function judge(entry: InstalledEntry, outcome: HookRun, expected?: string): Finding {
  const { event } = entry;
  const isWaiter = entry.asyncRewake === true;
  const { startError, timedOut, code, signal, stdout, stderr, ms } = outcome;
  const broken = (text: string): Finding => error('selfTest', `${event}: ${text}.`, REINSTALL_HINT);
  const errorLine = stderr.trim().split('\n')[0] ?? '';
  const detail = errorLine === '' ? '' : `: ${errorLine}`;
  if (startError !== undefined) return broken(`the hook could not be started (${startError})`);
  if (timedOut && isWaiter) return ok('selfTest', `${event}: the waiter stands by.`);
  if (timedOut) return broken(`no answer within ${Math.round(ms / 1000)} seconds`);
  if (code === 2) return broken(`the hook refused (exit code 2)${detail}`);
  if (code !== 0) return broken(`the hook ended with ${code ?? signal ?? 'nothing'}${detail}`);
  const problem = hookOutputProblem(eventOf(event), stdout);
  if (problem !== undefined) return broken(`Claude Code would not take the answer: ${problem}`);
  if (expected !== undefined && !stdout.includes(expected)) return broken('a message to Claude did not arrive');
  return isWaiter || ms <= SLOW_MS
    ? ok('selfTest', `${event} answers (${ms} ms).`)
    : warn('selfTest', `${event} answers, but only after ${ms} ms.`, 'Look whether the machine or its disk is busy.');
}

/** Sorts entries as their events follow each other in a session. */
function inSessionOrder(entries: readonly InstalledEntry[]): InstalledEntry[] {
  const rank = ({ event }: InstalledEntry): number => (event === 'SessionStart' ? 0 : event === 'SessionEnd' ? 2 : 1);
  return entries.toSorted((a, b) => rank(a) - rank(b));
}

/** Removes the variables that would make the hooks part of the worker or Claude session that runs the doctor. */
function withoutFermata(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('FERMATA_') && name !== 'CLAUDE_ENV_FILE');
  return Object.fromEntries(kept);
}
