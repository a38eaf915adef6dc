import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { pause as pauseEvent, pauseOf } from '#core/session/pause.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { USER } from '#protocol/ids.ts';
import type { Worker } from '#protocol/state.ts';
import { publishAndRefresh, writableLogOf } from '#cli/caller.ts';
import { refused } from '#cli/exit.ts';
import { print } from '#cli/output.ts';
import type { Verb } from '#cli/verb.ts';
import { labelOf, workerCalled } from '#cli/workerCalled.ts';

export const pause: Verb = {
  name: 'pause',
  summary: 'Hold the next call of Claude and its agents, or of one agent alone, until you resume',
  args: ['[an agent]'],
  usage: '[AGENT]',
  examples: ['fermata pause', 'fermata pause "review the parser"'],
  notes: ['An agent is meant by its id, its task or its name, as "fermata status" shows them.'],
  personal: () => 'pause Claude',
  run: (call, name?: string) => {
    const log = writableLogOf(call);
    const agent = agentOf(log, name);
    if (log.state.conductor.state === 'ended') throw refused('this session has ended: there is nothing to pause');
    if (hasEnded(agent)) throw refused(`${who(log, agent)} has ended already`);
    publishAndRefresh(call, log, pauseEvent(agent?.id));
    print(call, `${who(log, agent)} waits at the next call`, { block: pauseOf(log.state, agent?.id)?.id });
  },
};

export const resume: Verb = {
  name: 'resume',
  summary: 'Let go on what is paused: Claude, or one agent',
  args: ['[an agent]'],
  usage: '[AGENT]',
  examples: ['fermata resume', 'fermata resume "review the parser"'],
  notes: ['It ends that pause alone: one agent may be paused beside Claude, or others.'],
  personal: () => 'resume Claude',
  run: (call, name?: string) => {
    const log = writableLogOf(call);
    const agent = agentOf(log, name);
    const block = pauseOf(log.state, agent?.id);
    if (block === undefined) throw refused(`${who(log, agent)} is not paused`);
    publishAndRefresh(call, log, { t: 'unblock', block: block.id, by: USER });
    print(call, `${who(log, agent)} goes on`, { block: block.id });
  },
};

/** The agent that is named; undefined for Claude with all of its agents. */
function agentOf({ state }: SessionLog, name: string | undefined): Worker | undefined {
  if (name === undefined) return undefined;
  const worker = workerCalled(state, name);
  if (worker === undefined) throw refused(`there is no agent "${name}"; "fermata status" lists them`);
  if (isSubagent(worker)) return worker;
  throw refused(`${labelOf(state, worker)} is no agent of Claude's, so no hook can hold its calls`);
}

const who = ({ state }: SessionLog, agent: Worker | undefined): string =>
  agent === undefined ? 'Claude' : labelOf(state, agent);
