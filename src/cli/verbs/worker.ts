import { homedir } from 'node:os';
import { join } from 'node:path';
import { hasEnded } from '#core/fold/conditions.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { createFile } from '#core/base/files/createFile.ts';
import { exists } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { fermataHome, sessionDir, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { readConnection } from '#core/machines/connection.ts';
import { ensureBridge } from '#core/machines/ensureBridge.ts';
import { installedVersion } from '#core/install/runtimeFiles.ts';
import { areResultsUnsent } from '#core/machines/output/resultsOut.ts';
import { planHash, planPath } from '#core/plans/planFile.ts';
import { handedPlan, recordHandedPlan } from '#core/session/handedPlan.ts';
import { makeCopy, readSeat } from '#core/session/seat.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { waitFor } from '#core/session/watchLog.ts';
import { runnerState } from '#core/workers/claim.ts';
import { superviseWorkers } from '#core/workers/startWorkers.ts';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { Handover } from '#protocol/fileFormats.ts';
import { ATTACHED } from '#protocol/handover.ts';
import { handoverSchema } from '#protocol/schemas.ts';
import type { Worker } from '#protocol/state.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import { setUnsetSettings } from '#cli/serverProgram.ts';
import { print } from '#cli/output.ts';
import { flagOption, type Call, type Io, type Verb } from '#cli/verb.ts';

const isHandover = compileValidator(handoverSchema);

/** A plan with the server's certificates stays far below this. */
const MAX_BYTES = 32 << 20;
/** How long the session's log may take to arrive here. */
const ARRIVAL_MS = 60_000;
const START_MS = 30_000;
/** How long results may take to the server. */
const RESULTS_MS = 120_000;

/** Runs here a worker that another machine's session has planned; that machine's command calls this. */
export const worker: Verb = {
  name: 'worker',
  summary: 'Run a worker of another machine’s session here, as that machine hands it over',
  usage: '--stdin [--detach] | --check',
  options: {
    stdin: flagOption('read from standard input what is to run'),
    detach: flagOption('return as soon as it runs'),
    check: flagOption('only print which Fermata would run it'),
  },
  examples: ['ssh gpu1 fermata worker --stdin'],
  notes: [
    'This is what the command of a machine in the setting fermata.machines.start ends with. It stays until the worker has ended, with 0 where it ended well; the worker goes on where the connection breaks.',
  ],
  run: async (call) => {
    if (call.flag('check')) return printReady(call);
    if (!call.flag('stdin')) throw usage('a machine hands over a worker on standard input: fermata worker --stdin');
    const { io } = call;
    const home = fermataHome(io.env);
    const handover = await readHandover(io);
    const dir = sessionDir(home, handover.session);
    adoptSettings(home, handover);
    enterSession(dir, handover);
    ensureBridge(home, io.env);
    const log = openLog(dir);
    await planArrives(call, log, handover);
    keepPlan(home, log, handover);
    await workerStarts(call, log, handover);
    print(call, ATTACHED, { session: handover.session, worker: handover.worker });
    if (call.flag('detach')) return EXIT.ok;
    const ended = await workerEnds(call, log, handover);
    // this machine may be gone once the connection ends
    await watch(call, log, RESULTS_MS, () => (areResultsUnsent(dir) ? undefined : true));
    return exitCodeOf(ended);
  },
};

/** What "fermata machines install" looks for, since it is another Fermata that starts where PATH leads to one. */
function printReady(call: Call): undefined {
  const home = fermataHome(call.io.env);
  const version = installedVersion(home) ?? '?';
  return print(call, `fermata ${version} is ready in ${home}`, { version, home });
}

async function readHandover({ stdin }: Io): Promise<Handover> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk as Uint8Array);
    size += bytes.length;
    if (size > MAX_BYTES) throw usage('what is on standard input is too long for a worker');
    chunks.push(bytes);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    value = undefined;
  }
  if (!isHandover(value))
    throw usage(
      'what is on standard input is no worker that this version of Fermata knows: has the other machine the same version?',
    );
  return value as Handover;
}

/** Sets what is not set here: the server, this machine's name, its credentials. What the person has set stays, and must fit. */
function adoptSettings(home: string, { url, ca, credentials, machine, space }: Handover): void {
  makeFolder(home);
  const kept = (name: string, text: string | undefined): string | undefined => {
    if (text === undefined) return undefined;
    const path = join(home, name);
    if (loadSettings(home, undefined)['machines.creds'] === '' || exists(path))
      writeFileAtomic(path, text, { mode: 0o600 });
    return path;
  };
  const values = {
    'machines.url': url,
    'machines.creds': kept('machine.creds', credentials),
    'machines.ca': kept('machine-ca.pem', ca),
    'machines.name': machine,
    'machines.space': space,
  };
  setUnsetSettings(
    home,
    Object.fromEntries(Object.entries(values).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]]))),
  );
  const connection = readConnection(loadSettings(home, undefined));
  if (connection === undefined)
    throw refused('no server is named here: set fermata.machines.url on this machine, or where the session runs');
  if (connection.name !== machine || connection.space !== space)
    throw refused(
      `this machine is "${connection.name}" in the space "${connection.space}" by its settings, and was called "${machine}" in "${space}": use one name on both`,
    );
}

function enterSession(dir: string, { space, seat, machine }: Handover): void {
  const known = readSeat(dir);
  if (known === undefined) {
    if (exists(sessionPaths(dir).log))
      throw refused('a session of that name runs on this very machine: give its worker no machine');
    makeCopy(dir, { space, seat, machine });
  } else if (known.seat !== seat || known.machine !== machine || known.space !== space)
    throw refused(
      `the session is known here as one of "${known.seat}" in the space "${known.space}", not of "${seat}" in "${space}"`,
    );
}

/** Waits until the session itself, by its log, announces the plan with those very bytes. */
async function planArrives(call: Call, log: SessionLog, { run, plan, seat }: Handover): Promise<void> {
  const sha256 = planHash(Buffer.from(plan));
  const announced = await watch(call, log, ARRIVAL_MS, () => log.state.runs.get(run)?.sha256);
  if (announced === undefined)
    throw refused(
      `the session has not arrived here from ${seat} within a minute: "fermata machines" on both sides shows who is connected`,
    );
  if (announced !== sha256)
    throw refused(`the plan is not the one that the session has announced as ${run}; nothing was started`);
}

/** Keeps the plan, as this machine's user has handed it over, with folders for its workers that run here. */
function keepPlan(home: string, { dir, state }: SessionLog, handover: Handover): void {
  const { run, plan, machine, cwd = homedir(), bringMegabytes } = handover;
  const bytes = Buffer.from(plan);
  for (const { id, run: ofRun, machine: of } of state.workers.values())
    if (ofRun === run && of === machine) makeFolder(workerPaths(dir, id).out);
  makeFolder(join(sessionPaths(dir).runs, run));
  if (!exists(planPath(dir, run))) createFile(planPath(dir, run), bytes, 0o444);
  const name = { run, sha256: planHash(bytes) };
  const known = handedPlan(home, dir, name);
  if (known?.cwd !== cwd || known.bringMegabytes !== bringMegabytes)
    recordHandedPlan(home, dir, name, { cwd, ...(bringMegabytes !== undefined && { bringMegabytes }) });
}

async function workerStarts(call: Call, log: SessionLog, { worker: id }: Handover): Promise<void> {
  const started = await watch(call, log, START_MS, () => {
    const known = log.state.workers.get(id);
    if (known !== undefined && hasEnded(known)) return true;
    return runnerState(log.dir, id, call.io.now()) === 'alive' ? true : undefined;
  });
  if (started === undefined) throw refused('it was not started here: "fermata doctor" on this machine finds out why');
}

async function workerEnds(call: Call, log: SessionLog, { worker: id }: Handover): Promise<Worker | undefined> {
  await watch(call, log, undefined, () => {
    const known = log.state.workers.get(id);
    return known === undefined || hasEnded(known) ? true : undefined;
  });
  return log.state.workers.get(id);
}

/** Waits for a value; meanwhile keeps the bridge and the workers of this machine going. */
function watch<T>(
  call: Call,
  log: SessionLog,
  timeoutMs: number | undefined,
  find: () => T | undefined,
): Promise<T | undefined> {
  const { env, now } = call.io;
  const home = fermataHome(env);
  return waitFor(log, find, {
    timeoutMs,
    onPoll: (refresh) => {
      ensureBridge(home, env);
      superviseWorkers({ log, home, env, now: now(), refresh });
    },
  });
}

/** How the worker ended, as an exit code. */
function exitCodeOf(ended: Worker | undefined): number {
  if (ended?.state === 'done') return EXIT.ok;
  return ended?.state === 'aborted' ? EXIT.aborted : EXIT.refused;
}
