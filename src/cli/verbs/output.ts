import type { OutputStream } from '#protocol/fileFormats.ts';
import { isWorkerId } from '#protocol/ids.ts';
import type { Worker } from '#protocol/state.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { fermataHome, workerPaths } from '#core/base/paths.ts';
import { bringOutput, isAllHere, isBrought } from '#core/machines/output/bringOutput.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { fetchedOutput, lookAtOutput, NO_GENERATION } from '#core/machines/output/outputLook.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { waitFor } from '#core/session/watchLog.ts';
import { placementOf } from '#core/workers/placement.ts';
import { logOf } from '#cli/caller.ts';
import { refused, usage } from '#cli/exit.ts';
import { print } from '#cli/output.ts';
import { PrintedOutput } from '#cli/printedOutput.ts';
import { flagOption, type Call, type Verb } from '#cli/verb.ts';

const POLL_MS = 200;
/** A look lasts so long, and is renewed. */
const LOOK_MS = 15_000;
/** The file of another machine's output can be replaced as it is opened, but not again and again. */
const MAX_ATTEMPTS = 10;
/** Another machine answers within this time, or is not heard. */
const ANSWER_MS = 10_000;

export const output: Verb = {
  name: 'output',
  summary: 'Print what a worker has printed, on whatever machine it runs',
  args: ['W'],
  usage: 'W [--follow] [--errors]',
  options: {
    follow: flagOption('go on with what comes, until it has ended'),
    errors: flagOption('its standard error'),
  },
  examples: ['fermata output W1', 'fermata output W3 --follow'],
  notes: [
    'The bytes as they are stand in the file that --json names. Of a worker on another machine they are brought there while you look, and its results, in out/ beside it, when it has ended.',
  ],
  run: async (call, id = '') => {
    const log = logOf(call);
    const worker = workerOf(log, id);
    const stream: OutputStream = call.flag('errors') ? 'stderr' : 'stdout';
    const path = workerPaths(log.dir, id)[stream];
    const isElsewhere = isBrought(log.dir, worker);
    const note = (sentence: string): void => call.io.stderr(`note: ${sentence}\n`);
    const printed = new PrintedOutput(path, note);
    const printNew = (isLast: boolean): void => {
      if (call.flag('json')) return;
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts++) {
        const gen = isElsewhere ? generationHere(log.dir, id, stream) : undefined;
        // all of it may still come in place of its end
        if (gen === NO_GENERATION && !isLast) return;
        const isStill = (): boolean => gen === undefined || generationHere(log.dir, id, stream) === gen;
        if (printed.read(call.io.stdout, gen?.split('-', 1)[0], isStill)) return;
      }
    };
    if (call.flag('follow')) await follow(call, log, { id, stream, isElsewhere, printNew });
    else {
      if (isElsewhere && !(await bringOutput(log.dir, id, { lookMs: LOOK_MS, waitMs: ANSWER_MS })))
        note(notHeard(worker));
      printNew(true);
    }
    return call.flag('json') ? print(call, '', { path }) : undefined;
  },
};

/** Of the file that is here; while another one is fetched to replace it, that is recorded already. */
function generationHere(dir: string, worker: string, stream: OutputStream): string {
  const { gen = NO_GENERATION, part } = fetchedOutput(dir, worker)[stream] ?? {};
  return part === true ? NO_GENERATION : gen;
}

const notHeard = ({ machine }: Pick<Worker, 'machine'>): string =>
  `${machine} does not answer: this is what has come from it before`;

/** The worker of that name, whose output is here or can be brought. Throws a failure. */
function workerOf({ dir, state }: SessionLog, id: string): Worker {
  if (!isWorkerId(id))
    throw usage(id === '' ? 'which worker? fermata output W1' : `"${id}" cannot be the name of a worker`);
  const worker = state.workers.get(id);
  if (worker === undefined) throw refused(`the session has no worker ${id}`);
  const placement = placementOf(dir);
  if (placement.isHere(worker) || isBrought(dir, worker)) return worker;
  throw refused(
    `${id} runs on ${placement.machineOf(worker) ?? 'another machine'}: its output is there, and on the machine that has the session`,
  );
}

interface Following {
  id: string;
  stream: OutputStream;
  isElsewhere: boolean;
  printNew: (isLast: boolean) => void;
}

/** Prints what comes until the worker has ended and all is printed; of another machine until that has given all of it. */
async function follow(call: Call, log: SessionLog, { id, stream, isElsewhere, printNew }: Following): Promise<void> {
  const { io } = call;
  const home = fermataHome(io.env);
  let endedMs: number | undefined;
  let isComplete = true;
  await waitFor(
    log,
    (state) => {
      const worker = state.workers.get(id);
      if (worker !== undefined && !hasEnded(worker)) return undefined;
      endedMs ??= io.now();
      if (!isElsewhere) return true;
      isComplete = isAllHere(log.dir, id, stream, endedMs);
      return isComplete || io.now() - endedMs > ANSWER_MS ? true : undefined;
    },
    {
      pollMs: POLL_MS,
      onPoll: () => {
        if (isElsewhere) {
          lookAtOutput(log.dir, id, io.now() + LOOK_MS);
          ensureBridgeFor(log.dir, home, io.env);
        }
        printNew(false);
      },
    },
  );
  printNew(true);
  if (!isComplete) io.stderr(`note: ${notHeard({ machine: log.state.workers.get(id)?.machine })}\n`);
}
