import { join } from 'node:path';
import { runnerState } from '#core/workers/claim.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { conductor, csvFiles, PROMPT, rules } from '#test/claude/processFiles.ts';
import type { ClaudeRun } from '#test/lib/claude.ts';
import type { Script } from '#test/lib/modelServer.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { waitFor } from '#test/lib/waitFor.ts';

/** A hook waits no longer. */
const DAY_SECONDS = 86_400;

export interface StageOptions {
  /** Duration of one step of a worker, in ms; each worker has ten. */
  paceMs: number;
  /** Seconds for which the merge waits for the person's click; without it for as long as they like. */
  reviewSeconds?: number | undefined;
}

/** The demo without an editor: a project with files and approved rules, a home of its own, a model that follows a script. */
export interface DemoStage {
  orchestra: Orchestra;
  /** Plays scenario 1 on the real CLI, to its end. */
  play(): Promise<ClaudeRun>;
  /** Ends the workers that still run, and the model. */
  close(): Promise<void>;
}

/** Prepares the stage; only the model server runs yet. */
export async function openStage({ paceMs, reviewSeconds }: StageOptions): Promise<DemoStage> {
  let script: Script = () => ({ text: '' });
  const orchestra = await Orchestra.open(
    slowly((turn) => script(turn), Math.min(1500, paceMs)),
    {
      settings: { 'hold.seconds': DAY_SECONDS, 'workers.abortGraceSeconds': 1 },
      files: {
        ...csvFiles([4800, 3600, 5200]),
        'README.md': 'A demo project. Watch the Fermata view in the activity bar.\n',
      },
    },
  );
  script = conductor(orchestra.project, () => {});
  const analyze = [process.execPath, join(repoRoot, 'test/claude/workers/analyze.mjs'), '{item}'];
  orchestra.writeApprovedRules(withPace(rules(analyze, true), paceMs));
  return {
    orchestra,
    async play() {
      const before = orchestra.sessions;
      const running = orchestra.run(PROMPT, { timeoutMs: DAY_SECONDS * 1000 });
      await orchestra.until(
        'the workers are planned',
        () => orchestra.sessions > before && orchestra.state.runs.size > 0,
        60_000,
      );
      askForReview(orchestra, reviewSeconds);
      return running;
    },
    async close() {
      await endWorkers(orchestra);
      await orchestra.close();
    },
  };
}

/** A block that only the person ends, or its time if it has one: the merge waits until the numbers are approved. */
function askForReview(orchestra: Orchestra, seconds: number | undefined): void {
  const text = 'Look at the numbers of the three workers, then let it run: the merge waits for you';
  const match = { tool: 'Bash', command: 'sh merge.sh*' };
  orchestra.publish({
    t: 'hook',
    worker: 'review',
    event: 'PreToolUse',
    exit: 2,
    stderr: text,
    match,
    ...(seconds === undefined ? {} : { ttlMs: seconds * 1000 }),
  });
}

/** Aborts the live workers and waits until no runner is left that could write. */
async function endWorkers(orchestra: Orchestra): Promise<void> {
  if (orchestra.sessions === 0) return;
  const { dir } = orchestra;
  const workers = [...orchestra.state.workers.values()];
  for (const worker of workers) if (!hasEnded(worker)) orchestra.publish({ t: 'abort', worker: worker.id, by: 'user' });
  const atWork = (): boolean => workers.some((worker) => runnerState(dir, worker.id, Date.now()) === 'alive');
  await waitFor(() => !atWork(), { describe: 'the runners to end', timeoutMs: 15_000 });
}

/** A script that answers as slowly as a real model, so that each step can be seen. */
function slowly(script: Script, ms: number): Script {
  return async (turn) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return script(turn);
  };
}

/** The rule with the workers' pace in their environment. */
function withPace(value: unknown, paceMs: number): unknown {
  const file = structuredClone(value) as { rules: { workers: { env?: Record<string, string> }[] }[] };
  for (const rule of file.rules) for (const worker of rule.workers) worker.env = { PACE_MS: String(paceMs) };
  return file;
}
