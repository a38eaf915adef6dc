import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { EventOf } from '#protocol/event.ts';
import { MAX_LINE_BYTES } from '#protocol/parseEvent.ts';
import type { PlannedBallot } from '#protocol/parts.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { planSchema } from '#protocol/schemas.ts';
import type { NewEvent } from '#core/log/append.ts';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { planHash, planPath, readPlanBytes } from './planFile.ts';
import { plannedBallot, plannedWorkers, workerCount, type PlanWorker } from './plannedWorkers.ts';
import type { RuleMatch } from '#core/plans/rules/rules.ts';

const isPlan = compileValidator(planSchema);

/** The bytes of plan.json are not those that the log announced. */
export class PlanChangedError extends Error {}

interface PlanTarget {
  dir: string;
  session: string;
  project: string;
  now: number;
  /** Names that the log already knows: workers that somebody announced with `echo` have no folder. */
  known?: Iterable<string>;
}

export interface PlanRequest extends PlanTarget {
  matches: RuleMatch[];
  /** The permission mode of the Claude that the prompt was given to. */
  permissionMode?: string | undefined;
  /** The workers wait for the person's word (`consent`). */
  ask?: boolean;
}

type PlanEvent = NewEvent & EventOf<'plan'>;

/**
 * Writes the plan of one prompt and returns the event that announces it (say it, then `startWorkers`).
 * Ids are allocated by mkdir, so several at once never share one. Throws the system's error, or one that says that
 * the plan is too large for a line of the log; nothing runs then.
 */
export function makePlan({ matches, permissionMode, ask, ...target }: PlanRequest): PlanEvent {
  const { dir, session, project } = target;
  const ballots: PlannedBallot[] = [];
  const rules = [...new Set(matches.map((m) => m.rule.name))];
  const createWorkers = (ids: (count: number) => string[]): PlanWorker[] =>
    matches.flatMap((match) => {
      const workerIds = ids(workerCount(match));
      const ballot = plannedBallot(match, workerIds);
      if (ballot !== undefined) ballots.push(ballot);
      const out = (worker: string): string => workerPaths(dir, worker).out;
      return plannedWorkers(match, workerIds, { session, project, permissionMode, out });
    });
  return { ...writePlan(target, { rules, ballots, createWorkers }), ...(ask === true ? { ask } : {}) };
}

/** Plans one worker that no rule asked for: what `fermata spawn` starts. As `makePlan`. */
export function planOne(target: PlanTarget, worker: Omit<PlanWorker, 'worker'>): PlanEvent {
  const createWorkers = (ids: (count: number) => string[]): PlanWorker[] => [{ worker: ids(1)[0] ?? '', ...worker }];
  return writePlan(target, { rules: [], ballots: [], createWorkers });
}

interface PlanContents {
  rules: string[];
  /** Filled by `contents`. */
  ballots: PlannedBallot[];
  /** The workers, for which ids are taken as they are asked for. */
  createWorkers: (ids: (count: number) => string[]) => PlanWorker[];
}

function writePlan(
  { dir, session, project, now, known = [] }: PlanTarget,
  { rules, ballots, createWorkers }: PlanContents,
): PlanEvent {
  const paths = sessionPaths(dir);
  const run = allocate(paths.runs, 'R');
  const names = [...known];
  const workers = createWorkers((count) => {
    const ids = Array.from({ length: count }, () => allocate(paths.workers, 'W', names));
    for (const id of ids) mkdirSync(workerPaths(dir, id).out, { recursive: true, mode: 0o700 });
    return ids;
  });
  const ballotsField = ballots.length === 0 ? {} : { ballots };
  const plan: Plan = { version: 1, run, session, project, rules, planned: now, workers, ...ballotsField };
  const bytes = Buffer.from(`${JSON.stringify(plan, null, 2)}\n`);
  const ruleField = rules.length === 0 ? {} : { rule: rules.join(', ') };
  const event = {
    t: 'plan' as const,
    ts: now,
    run,
    sha256: planHash(bytes),
    ...ruleField,
    workers: workers.map(toEventWorker),
    ...ballotsField,
  };
  if (Buffer.byteLength(JSON.stringify(event)) > MAX_LINE_BYTES - 64)
    throw new Error(`the plan of ${workers.length} workers is too large for the log: name fewer items in one prompt`);
  writeNewFile(planPath(dir, run), bytes);
  return event;
}

/** The worker as the log knows it; what is empty is left out. */
function toEventWorker({
  worker,
  task,
  after,
  guard,
  critical,
  claude,
  parent,
}: PlanWorker): EventOf<'plan'>['workers'][number] {
  return {
    worker,
    ...(task === undefined ? {} : { task }),
    ...(after.length === 0 ? {} : { after }),
    ...(guard.length === 0 ? {} : { guard }),
    ...(critical ? { critical } : {}),
    kind: claude === undefined ? 'command' : 'claude',
    ...(parent === undefined ? {} : { parent }),
  };
}

/**
 * Reads a plan from the very bytes that hash to what the log announced. Throws PlanChangedError if they do not, or are
 * gone, or are no plan.
 */
export function readPlan(dir: string, run: string, sha256: string): Plan {
  let bytes: Buffer;
  try {
    bytes = readPlanBytes(dir, run);
  } catch (error) {
    throw new PlanChangedError(`the plan of ${run} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (planHash(bytes) !== sha256) throw new PlanChangedError(`plan.json of ${run} was changed after it was announced`);
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (!isPlan(value)) throw new PlanChangedError(`plan.json of ${run} is not a plan`);
  return value as Plan;
}

function writeNewFile(path: string, bytes: Buffer): void {
  const fd = openSync(path, 'wx', 0o444);
  try {
    writeFileSync(fd, bytes);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The next free `<letter><n>` in a folder (and among `known`), taken by making the folder of that name. */
function allocate(folder: string, letter: 'R' | 'W', known: readonly string[] = []): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const taken = [...readdirSync(folder), ...known].map((name) => (name.startsWith(letter) ? Number(name.slice(1)) : 0));
  for (let n = Math.max(0, ...taken.filter((t) => Number.isSafeInteger(t) && t < 1e9)) + 1; ; n++) {
    try {
      mkdirSync(join(folder, `${letter}${n}`), { mode: 0o700 });
      return `${letter}${n}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
