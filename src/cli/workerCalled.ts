import { agentFacts, type AgentFacts } from '#core/claude/subagents.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { isMadeId, workerName } from '#core/projection/names.ts';
import { ENGLISH } from '#core/projection/wording.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import { refused } from './exit.ts';

/**
 * The worker that a word means: the one of that id, else the one that a person calls so, one at work before one that has
 * ended. Undefined where none is called so. Throws a refusal that lists them where several are.
 */
export function workerCalled(state: SessionState, word: string): Worker | undefined {
  const known = state.workers.get(word);
  if (known !== undefined) return known;
  const called = [...state.workers.values()].filter((worker) => namesOf(state, worker).includes(word));
  const atWork = called.filter((worker) => !hasEnded(worker));
  if (atWork.length < 2) return atWork[0] ?? called.at(-1);
  const list = atWork.map((worker) => `${nameOf(state, worker)} (${worker.state}) [${worker.id}]`).join(', ');
  throw refused(`"${word}" is the name of ${atWork.length}: say which one by its id: ${list}`);
}

/** A worker in a sentence: by the short id that commands take, or where a machine has made that, by its name. */
export const labelOf = (state: SessionState, worker: Worker): string =>
  isMadeId(worker.id) ? nameOf(state, worker) : worker.id;

function nameOf(state: SessionState, worker: Worker): string {
  const { task, kind } = factsOf(state, worker) ?? {};
  return workerName({ ...worker, task: worker.task ?? task }, kind ?? worker.command, ENGLISH);
}

/** What Claude Code has written about an agent: a hook reads it only with its next call. */
const factsOf = ({ session }: SessionState, worker: Worker): AgentFacts | undefined =>
  isSubagent(worker) ? agentFacts(session.transcript, worker.id, worker.command) : undefined;

/** What a person may call a worker: its task, of an agent its name and its type, and what surfaces show. */
function namesOf(state: SessionState, worker: Worker): (string | undefined)[] {
  const shown = nameOf(state, worker);
  if (!isSubagent(worker)) return [worker.task, shown];
  const { task, name } = factsOf(state, worker) ?? {};
  return [worker.task, shown, worker.command, task, name];
}
