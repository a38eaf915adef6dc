import { blockReason } from '../src/core/answer/reason.ts';
import { planChanges } from '../src/core/workers/planFile.ts';
import { standingBlocks } from '../src/core/answer/standing.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import type { Block } from '../src/protocol/state.ts';
import { dropAsks } from './asks.ts';
import { holdInPlace } from './holdInPlace.ts';
import { spoken } from './spoken.ts';
import type { Answer } from './reply.ts';
import { countSubagents, endSubagent } from './subagents.ts';
import type { Visit } from './visit.ts';

/** One cause refuses the end of a turn this often. */
const MOST = 3;
/** Claude Code ends a turn, and tells nobody, when its end was refused more often than this in a row. */
const CLAUDES_CAP = 8;

/** The turn wants to end: wait, refuse with the reason, or let it, telling the person when it was refused often enough. */
export async function onStop(visit: Visit): Promise<Answer> {
  const moment = visit.moment();
  const changes = planChanges(visit.dir, visit.state);
  if (changes.length > 0) {
    visit.say(...changes);
    visit.refresh();
  }
  if (moment.event === 'Stop' && moment.role === CONDUCTOR) countSubagents(visit);
  // an aborted session is to come to its end
  const blocks = mayRefuse(visit, visit.state.aborted === undefined ? await holdInPlace(visit, undefined) : []);
  if (blocks.length > 0) {
    visit.denied(blocks, moment.event);
    const notes = visit.claim('PostToolUse').filter((note) => note.kind !== 'rewrite');
    return { block: blockReason(visit.state, blocks, visit.around.now(), visit.cli), ...spoken(notes) };
  }
  const answer = spoken(visit.claim());
  // being told something, Claude goes on
  if (answer.context === undefined) ended(visit);
  return answer;
}

function ended(visit: Visit): void {
  const { event, role } = visit.moment();
  dropAsks(visit);
  if (event === 'SubagentStop') endSubagent(visit);
  else if (role === CONDUCTOR) visit.say({ t: 'turn', state: 'idle' });
}

/**
 * Those of the blocks that may refuse the end of this turn once more: each only so often, and all of them together
 * less often than Claude Code's own limit, which nobody would be told of. When none may, the person is told what the
 * turn ended in spite of.
 */
export function mayRefuse(visit: Visit, blocks: Block[]): Block[] {
  const { agent, around, state } = visit;
  const rounds = state.rounds.get(agent)?.count ?? 0;
  const limit = Math.max(1, capOf(around.env) - 1);
  const left = rounds >= limit ? [] : blocks.filter((block) => (block.stopCounts.get(agent) ?? 0) < MOST);
  if (left.length > 0) return left;
  const who = agent === CONDUCTOR ? 'Claude' : agent;
  const standing = state.aborted === undefined ? standingBlocks(state, visit.moment(), around.now()) : [];
  for (const block of standing) {
    const times = rounds >= limit ? `its end was refused ${rounds} times in all` : `refused ${MOST} times`;
    visit.say({
      t: 'log',
      level: 'escalate',
      worker: block.worker,
      message: `${who} ended its turn although ${block.id} was not resolved (${times}): ${block.text}`,
    });
  }
  return [];
}

/** How many refusals in a row Claude Code honours; 0 is none of its own, and then ours stays. */
function capOf(env: NodeJS.ProcessEnv): number {
  const said = Number(env['CLAUDE_CODE_STOP_HOOK_BLOCK_CAP']);
  return Number.isInteger(said) && said > 0 ? said : CLAUDES_CAP;
}
