import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import { MAX_LINE_BYTES } from '#protocol/parseEvent.ts';
import type { PlannedBallot, PlannedWorker } from '#protocol/parts.ts';
import type { EventOf } from '#protocol/event.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { planSchema } from '#protocol/schemas.ts';
import type { NewEvent } from '#core/log/append.ts';
import { claimFolder } from '#core/base/files/aside.ts';
import { createFile } from '#core/base/files/createFile.ts';
import { makeFolder, makeNewFolder, namesIn } from '#core/base/files/folder.ts';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { isCopy, readSeat } from '#core/session/seat.ts';
import { planProof } from '#core/session/planProof.ts';
import { planHash, planPath, readPlanBytes } from './planFile.ts';
import { expandBallot, plannedWorkers, workerCount, type PlanWorker } from './plannedWorkers.ts';
import type { RuleMatch } from './rules/promptRules.ts';

const isPlan = compileValidator(planSchema);

/** What is kept of the name of a machine in the ids of its workers, which are at most 64 characters long. */
const MAX_MACHINE_CHARS = 50;

/** The bytes of plan.json differ from those that the log announced. */
export class PlanChangedError extends Error {}

interface PlanTarget {
  home: string;
  dir: string;
  session: string;
  project: string;
  now: number;
  /** Worker names of the log: a worker that was announced by hand has no folder. */
  known?: Iterable<string>;
}

export interface PlanRequest extends PlanTarget {
  matches: RuleMatch[];
  /** The permission mode of the Claude that got the prompt. */
  permissionMode?: string | undefined;
  /** The workers wait for the person's `consent`. */
  ask?: boolean;
}

type PlanEvent = NewEvent & EventOf<'plan'>;

/**
 * Writes the plan of one prompt and returns the event that announces it; publish it, then call `startWorkers`. Ids are
 * allocated by mkdir, so concurrent plans never share one. Throws the system's error, or an error if the plan is too
 * large for a line of the log; then nothing runs.
 */
export function makePlan({ matches, permissionMode, ask, ...target }: PlanRequest): PlanEvent {
  const { dir, session, project } = target;
  const out = (worker: string): string => workerPaths(dir, worker).out;
  const rules = [...new Set(matches.map((m) => m.rule.name))];
  const event = writePlan(target, rules, (allocateIds) =>
    matches.map((match) => {
      const ids = allocateIds(workerCount(match));
      const workers = plannedWorkers(match, ids, { session, project, permissionMode, out });
      return { workers, ballot: expandBallot(match, ids) };
    }),
  );
  return { ...event, ask: ask === true || undefined };
}

/** Plans one worker without a rule, for `fermata spawn`. Otherwise as `makePlan`. */
export function planOne(target: PlanTarget, worker: Omit<PlanWorker, 'worker'>): PlanEvent {
  return writePlan(target, [], (allocateIds) => [{ workers: [{ worker: allocateIds(1)[0] ?? '', ...worker }] }]);
}

/** The workers of one match, and the ballot among them. */
interface PlanPart {
  workers: PlanWorker[];
  ballot?: PlannedBallot | undefined;
}

function writePlan(
  { home, dir, session, project, now, known = [] }: PlanTarget,
  rules: string[],
  createParts: (allocateIds: (count: number) => string[]) => PlanPart[],
): PlanEvent {
  const paths = sessionPaths(dir);
  // ids are counted by mkdir, so those of several machines would be the same
  const machine = isCopy(dir) ? readSeat(dir)?.machine : undefined;
  const run = machine === undefined ? allocate(paths.runs, 'R') : allocateRandomRun(paths.runs);
  const letter = machine === undefined ? 'W' : `${machine.slice(0, MAX_MACHINE_CHARS)}-W`;
  const names = [...known];
  const parts = createParts((count) => {
    const ids = Array.from({ length: count }, () => allocate(paths.workers, letter, names));
    for (const id of ids) makeFolder(workerPaths(dir, id).out);
    return ids;
  });
  const planned = parts.flatMap((part) => part.workers);
  const workers = machine === undefined ? planned : planned.map((worker) => ({ ...worker, machine }));
  const ballots = nonEmpty(parts.map(({ ballot }) => ballot).filter((ballot) => ballot !== undefined));
  const plan: Plan = { version: 1, run, session, project, rules, planned: now, workers, ballots };
  const bytes = Buffer.from(`${JSON.stringify(plan, null, 2)}\n`);
  const sha256 = planHash(bytes);
  const event: PlanEvent = {
    t: 'plan',
    ts: now,
    run,
    sha256,
    proof: planProof(home, dir, { run, sha256 }),
    rule: nonEmpty(rules)?.join(', '),
    workers: workers.map(toEventWorker),
    ballots,
  };
  if (Buffer.byteLength(JSON.stringify(event)) > MAX_LINE_BYTES - 64)
    throw new Error(`the plan of ${workers.length} workers is too large for the log: name fewer items in one prompt`);
  createFile(planPath(dir, run), bytes, 0o444);
  return event;
}

const nonEmpty = <T>(list: T[]): T[] | undefined => (list.length === 0 ? undefined : list);

/** The worker as the log has it, without empty fields. */
export function toEventWorker({
  worker,
  task,
  after,
  guard,
  critical,
  claude,
  parent,
  machine,
}: PlanWorker): PlannedWorker {
  return {
    worker,
    task,
    after: nonEmpty(after),
    guard: nonEmpty(guard),
    critical: critical || undefined,
    kind: claude === undefined ? 'command' : 'claude',
    parent,
    machine,
  };
}

/** Reads a plan whose bytes have the announced hash. Throws PlanChangedError if they do not, are missing or no plan. */
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

/** A run of nine random digits. */
function allocateRandomRun(folder: string): string {
  claimFolder(folder);
  for (;;) {
    const run = `R${randomInt(100_000_000, 1_000_000_000)}`;
    try {
      makeNewFolder(join(folder, run));
      return run;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Allocates the next `<letter><n>` that is free in a folder and in `known`, by making the folder of that name. */
function allocate(folder: string, letter: string, known: readonly string[] = []): string {
  claimFolder(folder);
  const taken = [...namesIn(folder), ...known].map((name) =>
    name.startsWith(letter) ? Number(name.slice(letter.length)) : 0,
  );
  for (let n = Math.max(0, ...taken.filter((t) => Number.isSafeInteger(t) && t < 1e9)) + 1; ; n++) {
    try {
      makeNewFolder(join(folder, `${letter}${n}`));
      return `${letter}${n}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
