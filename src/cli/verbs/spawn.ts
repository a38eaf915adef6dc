import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describeCondition, isCondition, pendingConditions } from '#core/fold/conditions.ts';
import { canStart } from '#core/fold/workers.ts';
import { fermataHome } from '#core/base/paths.ts';
import { planOne } from '#core/plans/plan.ts';
import { loadSettings } from '#core/base/settings.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { isCopy, readSeat } from '#core/session/seat.ts';
import { isShortName, USER } from '#protocol/ids.ts';
import { publishedCondition, publishedResource } from '#core/session/publishedPath.ts';
import { notArrived } from '#cli/arrival.ts';
import { callerOf, pathContextOf, publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { checkoutOf } from '#cli/checkout.ts';
import { print } from '#cli/output.ts';
import { durationOption } from '#cli/args.ts';
import { refused, usage } from '#cli/exit.ts';
import { supervise } from '#cli/supervise.ts';
import { flagOption, listOption, textOption, type Call, type Verb } from '#cli/verb.ts';

/** Starts a single worker outside of any rule, for the Conductor, a worker or a person. */
export const spawn: Verb = {
  name: 'spawn',
  summary: 'Start a worker: a command that runs beside Claude, in this folder',
  args: 'any',
  usage: '[--task TEXT] [--after W1] [--critical] -- COMMAND …',
  options: {
    task: textOption('TEXT', 'what it does, for people and for Claude'),
    after: listOption('W1', 'start when this worker has ended well, or when a condition holds; may be given again'),
    critical: flagOption('its failing holds the end of Claude’s turn'),
    needs: listOption('RESOURCE', 'what it needs for itself while it runs; may be given again'),
    timeout: textOption('D', 'how long it may take'),
    machine: textOption('NAME', 'the other machine that runs it, of the setting fermata.machines.start'),
    retries: textOption('N', 'how often it is tried again after a failure, 0 to 10'),
  },
  examples: [
    'fermata spawn --task "Run the tests" -- npm test',
    'fermata spawn --task Train --machine gpu1 -- python train.py',
    'fermata spawn --task Deploy --after W1 --critical -- ./deploy.sh staging',
  ],
  notes: [
    'It returns at once and prints the worker’s name. What the worker prints is kept in its folder; it ends as aborted with "fermata abort".',
    'The command runs without a shell; for one write: -- sh -c "…".',
    'In a copy of another machine’s session the worker runs here, and is called after this machine: gpu1-W1.',
  ],
  run: async (call, ...args) => {
    const { command = [], io } = call;
    if (args.length > 0 || command.length === 0)
      throw usage('the command stands after "--", as in: fermata spawn -- npm test');
    const log = writableLogOf(call);
    if (log.state.aborted !== undefined)
      throw refused(`the session was aborted by ${log.state.aborted.by}; nothing is started`);
    const caller = callerOf(call, log);
    const project = checkoutOf(io, log) ?? resolve(io.cwd);
    const session = log.state.session.id ?? basename(log.dir);
    const ctx = {
      home: fermataHome(io.env),
      dir: log.dir,
      session,
      project,
      now: io.now(),
      known: log.state.workers.keys(),
    };
    const event = planOne(ctx, {
      task: call.text('task'),
      timeoutMs: durationOption(call, 'timeout'),
      retries: retries(call),
      parent: caller === USER ? undefined : caller,
      resources: needs(call, log),
      run: command,
      // a folder that was removed is no place to start in
      cwd: existsSync(io.cwd) ? resolve(io.cwd) : project,
      env: {},
      after: call.texts('after').map((text) => publishedCondition(afterOf(log, text), pathContextOf(call, log))),
      guard: [],
      critical: call.flag('critical'),
      machine: machineOf(call, ctx.home, log.dir),
    });
    publishAndRefresh(call, log, event);
    const id = event.workers[0]?.worker ?? '';
    const later = await notArrived(log);
    if (later !== undefined) return print(call, `${id} (${later})`, { worker: id, run: event.run, later });
    if (!log.state.runs.has(event.run))
      throw refused(
        `${readSeat(log.dir)?.seat} takes no plan of this machine: the setting fermata.machines.roles there would have to make it a person's`,
      );
    const waits = waitsFor(log, id);
    supervise(call, log);
    const text = waits === undefined ? id : `${id} (starts when ${waits})`;
    return print(call, text, { worker: id, run: event.run, waits });
  },
};

/** Throws a refusal where this machine has no command that reaches the named one. */
function machineOf(call: Call, home: string, dir: string): string | undefined {
  const name = call.text('machine');
  if (name === undefined) return undefined;
  if (isCopy(dir))
    throw refused(`${readSeat(dir)?.seat} has this session, and starts its workers on other machines: call it there`);
  const known = Object.keys(loadSettings(home, undefined)['machines.start']);
  if (known.includes(name)) return name;
  const list = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
  throw refused(`the setting fermata.machines.start has no machine "${name}" (${list})`);
}

function afterOf(log: SessionLog, text: string): string {
  if (isCondition(text) && text.includes(':')) return text;
  if (!log.state.workers.has(text)) throw refused(`--after ${text}: there is no such worker, and it is no condition`);
  return `ok:${text}`;
}

function needs(call: Call, log: SessionLog): { name: string; mode: 'exclusive' }[] | undefined {
  const names = call.texts('needs');
  if (!names.every(isShortName)) throw usage('--needs wants the name of a resource, on one line');
  return names.length === 0
    ? undefined
    : names.map((name) => ({ name: publishedResource(name, pathContextOf(call, log)), mode: 'exclusive' }));
}

function retries(call: Call): number | undefined {
  const text = call.text('retries');
  if (text !== undefined && !/^(\d|10)$/.test(text)) throw usage('--retries needs a number from 0 to 10');
  return text === undefined ? undefined : Number(text);
}

/** The conditions that a planned worker still waits for, as text; undefined if it can start. */
function waitsFor({ state }: SessionLog, id: string): string | undefined {
  const worker = state.workers.get(id);
  if (worker === undefined || worker.state !== 'planned' || canStart(state, worker)) return undefined;
  return pendingConditions(state, worker.after, id).map(describeCondition).join(' and ');
}
