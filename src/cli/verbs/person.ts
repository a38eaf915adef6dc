import { abortWorker } from '#core/workers/abortWorker.ts';
import { placementOf } from '#core/workers/placement.ts';
import { membersOf } from '#core/workers/workerProcesses.ts';
import { publishCommand } from '#core/session/flags.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent, livesInClaude } from '#core/fold/kinds.ts';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { projectOf } from '#core/session/project.ts';
import { loadSettings } from '#core/base/settings.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import { existsSync } from 'node:fs';
import { waitFor } from '#core/session/watchLog.ts';
import { announceSession, callerOf, publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { originOf } from '#cli/origin.ts';
import { assertMayAbort, assertPerson } from '#cli/permission.ts';
import { print } from '#cli/output.ts';
import { refused, usage } from '#cli/exit.ts';
import { flagOption, textOption, type Call, type Verb } from '#cli/verb.ts';
import { raiseBudgets } from '#cli/raiseBudgets.ts';
import { supervise } from '#cli/supervise.ts';
import { labelOf, workerCalled } from '#cli/workerCalled.ts';
import type { NewEvent } from '#core/log/append.ts';
import { USER } from '#protocol/ids.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { givenUp } from '#core/workers/giveUpWorker.ts';
import type { Block, Worker } from '#protocol/state.ts';

export const abort: Verb = {
  name: 'abort',
  summary: 'Abort a worker with everything it started, or stop the whole session',
  args: ['a worker, or "session",'],
  usage: 'W2|session [--word TEXT] [--lost]',
  options: {
    word: textOption('TEXT', 'why, as the panel shows it and as a subagent’s parent is told'),
    lost: flagOption('give a worker up whose machine is not heard any more: it counts as lost, and its locks are free'),
  },
  examples: ['fermata abort W2', 'fermata abort "review the parser" --word "not now"', 'fermata abort session'],
  notes: [
    'A worker or an agent is meant by its id, its task or its name, as "fermata status" shows them.',
    'It returns when the worker has really ended; exit code 1 if something of it remains.',
    'A subagent of Claude’s ends at its next call: then it returns at once.',
  ],
  run: async (call, name) => {
    const log = writableLogOf(call);
    const by = callerOf(call, log);
    const word = call.text('word');
    const worker = name === 'session' ? undefined : workerCalled(log.state, name);
    const id = worker?.id ?? name;
    assertMayAbort(log.state, originOf(call.io, log), name === 'session' ? undefined : id);
    if (name === 'session') {
      publishAndRefresh(call, log, { t: 'abort', by, word });
      return print(call, 'the session is stopped');
    }
    if (worker === undefined) throw refused(`there is no worker ${name}`);
    const label = labelOf(log.state, worker);
    if (hasEnded(worker)) throw refused(`${label} has ended already (${worker.state})`);
    if (livesInClaude(worker) && !isSubagent(worker))
      throw refused(
        `${label} is a ${worker.kind} inside Claude Code and cannot be ended alone; "fermata abort session" stops all`,
      );
    const home = fermataHome(call.io.env);
    const settings = loadSettings(home, projectOf(log));
    const graceMs = settings['workers.abortGraceSeconds'] * 1000;
    announceSession(call, log.dir);
    if (call.flag('lost')) return giveUp(call, log, worker, by);
    const outcome = await abortWorker({ log, worker: id, by, word, graceMs, now: call.io.now });
    if (isSubagent(worker)) return print(call, `${label} ends at its next call`, { worker: id, state: worker.state });
    if (outcome.kind === 'asked') {
      const ended = (): true | undefined => {
        const now = log.state.workers.get(id);
        if (now !== undefined && !hasEnded(now)) return undefined;
        // the log may have its end before the runner has recorded the process that it had just started
        const target = { dir: log.dir, worker: id, pid: now?.pid, startTime: now?.startTime, host: now?.host };
        return !placementOf(log.dir).isHere(worker) || membersOf(target).length === 0 ? true : undefined;
      };
      // the runner waits for the grace period and then kills what remains
      if ((await waitFor(log, ended, { timeoutMs: graceMs + 10_000 })) === undefined)
        throw refused(`${label} is still there; its runner goes on trying`);
    }
    if (outcome.kind === 'remaining') throw refused(remainingMessage(label, outcome.pids));
    log.refresh();
    if (existsSync(homePaths(home).runner)) startWorkers({ log, home, env: call.io.env });
    const finalState = log.state.workers.get(id)?.state ?? 'aborted';
    print(call, `${label} is ${finalState}`, { worker: id, state: finalState });
  },
};

/** Counts a worker of another machine as lost. Should that machine be heard again, the worker comes back without its locks. */
function giveUp(call: Call, log: SessionLog, worker: Worker, by: string): undefined {
  const label = labelOf(log.state, worker);
  const event = givenUp(log.dir, worker, by);
  if (event === undefined) throw refused(`${label} runs on this machine: abort it without --lost`);
  publishAndRefresh(call, log, event);
  return print(call, `${label} counts as lost`, { worker: worker.id, state: 'lost' });
}

const remainingMessage = (worker: string, pids: number[]): string =>
  pids.length === 0
    ? `${worker} is asked to end, but its processes cannot be told from here; nothing was killed`
    : `of ${worker} these processes remain: ${pids.join(', ')}`;

export const releaseBlock: Verb = {
  name: 'release-block',
  summary: 'Release a block, as the person at the keyboard',
  args: ['a block, or "all",'],
  usage: 'B1|all [--word TEXT] [--budget SUM [--agent A]]',
  options: {
    word: textOption('TEXT', 'what Claude is told about it'),
    budget: textOption('SUM', 'it stands, with this sum in the place of its own: 4M, $10, 1h'),
    agent: textOption('A', 'with --budget: for this agent alone'),
  },
  examples: ['fermata release-block B1', 'fermata release-block all --word "go on without W2"'],
  run: (call, id) => {
    if (id !== 'all' && !/^B[1-9][0-9]{0,8}$/.test(id)) throw usage(`"${id}" is no block; they are called B1, B2, …`);
    const log = writableLogOf(call);
    assertPerson(originOf(call.io, log), 'release a block');
    const active = [...log.state.blocks.values()].filter((b) => b.ended === undefined && (id === 'all' || b.id === id));
    if (active.length === 0 && id === 'all') throw refused('nothing stands');
    if (active.length === 0)
      throw refused(log.state.blocks.has(id) ? `${id} has ended already` : `there is no block ${id}`);
    announceSession(call, log.dir);
    const budget = call.text('budget');
    if (budget !== undefined) return raiseBudgets(call, log, active, budget);
    if (call.text('agent') !== undefined) throw usage('--agent goes with --budget: whose new sum it is');
    publishCommand(log.dir, log.state, call.io.now(), { kind: 'release', block: id }, call.text('word'));
    const ids = active.map((b) => b.id);
    print(call, `${ids.join(', ')} released`, { released: ids, word: call.text('word') });
  },
};

export const denyCall: Verb = {
  name: 'deny-call',
  summary: 'Refuse the call that a block holds, as the person at the keyboard',
  args: ['a block such as B1'],
  usage: 'B1 [--word TEXT]',
  options: { word: textOption('TEXT', 'what Claude reads with the refusal') },
  examples: ['fermata deny-call B1', 'fermata deny-call B1 --word "not while the replica lags"'],
  notes: ['Claude is told not to make it again. The block stands for other calls.'],
  run: (call, id) => {
    const log = writableLogOf(call);
    assertPerson(originOf(call.io, log), 'refuse a call');
    const block = log.state.blocks.get(id);
    if (block === undefined) throw refused(`there is no block ${id}`);
    const calls = undecidedCalls(block);
    if (calls.length === 0) throw refused(`${id} holds no tool call, and has refused none that waits for your word`);
    const word = call.text('word');
    publishAndRefresh(call, log, ...calls.map((each): NewEvent => ({ t: 'deny', call: each, by: USER, word })));
    print(call, `refused what ${id} holds`, { block: id, calls, word });
  },
};

/** The calls that a block holds, else the one that it has refused last, which the person has not. */
function undecidedCalls({ event, ended, holding, refused: last }: Block): string[] {
  if (event !== 'PreToolUse' || ended !== undefined) return [];
  const seen = holding.length > 0 ? holding : last === undefined || last.by !== undefined ? [] : [last];
  return [...new Set(seen.flatMap(({ call }) => call ?? []))];
}

/** Starts or refuses a run of planned workers that waits for the person's consent. */
export const start: Verb = {
  name: 'start',
  summary: 'Let the workers of a run start that waits for your word, or not',
  args: ['a run, such as R1,'],
  usage: 'R1 [--refuse] [--word TEXT]',
  options: {
    refuse: flagOption('none of them is to start'),
    word: textOption('TEXT', 'what Claude is told with it'),
  },
  examples: ['fermata start R1', 'fermata start R1 --refuse --word "do it yourself"'],
  notes: ['Prompts ask like this with the setting fermata.spawn at "ask".'],
  run: (call, run) => {
    const log = writableLogOf(call);
    assertPerson(originOf(call.io, log), 'let a run start');
    const known = log.state.runs.get(run);
    if (known === undefined) throw refused(`there is no run ${run}`);
    if (known.asks === undefined) throw refused(`${run} does not wait for anybody's word (any more)`);
    const decision = call.flag('refuse') ? 'refuse' : 'start';
    const { workers } = known;
    publishAndRefresh(call, log, { t: 'consent', run, decision, by: USER, word: call.text('word') });
    supervise(call, log);
    const label = `${run}: ${workers.join(', ')}`;
    print(call, decision === 'start' ? `started ${label}` : `not started ${label}`, { run, decision, workers });
  },
};
