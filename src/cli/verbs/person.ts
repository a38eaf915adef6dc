import { abortWorker } from '#core/workers/abortWorker.ts';
import { publishCommand } from '#core/session/flags.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/subagents.ts';
import { fermataHome, homePaths } from '#core/base/paths.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { loadSettings } from '#core/base/settings.ts';
import { startWorkers } from '#core/workers/startWorkers.ts';
import { existsSync } from 'node:fs';
import { waitFor } from '#core/session/watchLog.ts';
import { callerOf, insideClaude, print, publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import type { Verb } from '#cli/verb.ts';
import { definedFields, args } from '#cli/args.ts';

/** Ends a worker with all its processes, or stops the session. */
export const abort: Verb = {
  name: 'abort',
  summary: 'Abort a worker with everything it started, or stop the whole session',
  usage: 'W2|session',
  options: {},
  examples: ['fermata abort W2', 'fermata abort session'],
  notes: ['It returns when the worker has really ended; exit code 1 if something of it remains.'],
  run: async (call) => {
    const [name = ''] = args(call, 'a worker, or "session",');
    const log = writableLogOf(call);
    const by = callerOf(call);
    if (name === 'session') {
      publishAndRefresh(call, log, { t: 'abort', by });
      print(call, 'the session is stopped', { ok: true });
      return EXIT.ok;
    }
    const worker = log.state.workers.get(name);
    if (worker === undefined) throw refused(`there is no worker ${name}`);
    if (hasEnded(worker)) throw refused(`${name} has ended already (${worker.state})`);
    if (isSubagent(worker))
      throw refused(
        `${name} is a subagent inside Claude Code and cannot be ended alone; "fermata abort session" stops all`,
      );
    const home = fermataHome(call.io.env);
    const project = readSessionInfo(log.dir)?.project ?? log.state.session.cwd;
    const settings = loadSettings(home, project);
    const graceMs = settings['workers.abortGraceSeconds'] * 1000;
    const outcome = await abortWorker({ log, worker: name, by, graceMs, now: call.io.now });
    if (outcome.kind === 'asked') {
      const ended = (): true | undefined => {
        const now = log.state.workers.get(name);
        return now === undefined || hasEnded(now) ? true : undefined;
      };
      // its runner needs the grace, and a moment for what resists
      if ((await waitFor(log, ended, { timeoutMs: graceMs + 10_000 })) === undefined)
        throw refused(`${name} is still there; its runner goes on trying`);
    }
    if (outcome.kind === 'remaining') throw refused(remainingMessage(name, outcome.pids));
    log.refresh();
    if (existsSync(homePaths(home).runner))
      startWorkers({
        dir: log.dir,
        home,
        state: log.state,
        maxParallel: settings['workers.maxParallel'],
        env: call.io.env,
      });
    const finalState = log.state.workers.get(name)?.state ?? 'aborted';
    print(call, `${name} is ${finalState}`, { ok: true, worker: name, state: finalState });
    return EXIT.ok;
  },
};

const remainingMessage = (worker: string, pids: number[]): string =>
  pids.length === 0
    ? `${worker} is asked to end, but its processes cannot be told from here; nothing was killed`
    : `of ${worker} these processes remain: ${pids.join(', ')}`;

/** A person releases a block. */
export const releaseBlock: Verb = {
  name: 'release-block',
  summary: 'Release a block, as the person at the keyboard',
  usage: 'B1|all [--word TEXT]',
  options: { word: { type: 'string', value: 'TEXT', help: 'what Claude is told about it' } },
  examples: ['fermata release-block B1', 'fermata release-block all --word "go on without W2"'],
  run: (call) => {
    const [id = ''] = args(call, 'a block, or "all",');
    if (insideClaude(call.io))
      throw refused('only a person may release a block: do it in the panel or in your own terminal');
    if (id !== 'all' && !/^B[1-9][0-9]{0,8}$/.test(id)) throw usage(`"${id}" is no block; they are called B1, B2, …`);
    const log = writableLogOf(call);
    const active = [...log.state.blocks.values()].filter((b) => b.ended === undefined && (id === 'all' || b.id === id));
    if (active.length === 0)
      throw refused(id === 'all' ? 'nothing stands' : notActiveMessage(log.state.blocks.has(id), id));
    publishCommand(log.dir, log.state, call.io.now(), { kind: 'release', block: id }, call.text('word'));
    const ids = active.map((b) => b.id);
    print(call, `${ids.join(', ')} released`, {
      ok: true,
      released: ids,
      ...definedFields({ word: call.text('word') }),
    });
    return EXIT.ok;
  },
};

const notActiveMessage = (known: boolean, id: string): string =>
  known ? `${id} has ended already` : `there is no block ${id}`;
