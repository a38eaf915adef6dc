import { blockReason } from '../src/core/answer/reason.ts';
import { isPause, isWatched, standingBlocks, worthHolding } from '../src/core/answer/standing.ts';
import { isWayOut } from '../src/core/answer/wayOut.ts';
import type { Block } from '../src/protocol/state.ts';
import type { Answer } from './reply.ts';
import { spoken } from './spoken.ts';
import { callSummary } from './summary.ts';
import { turnBundle } from './turnBundle.ts';
import type { Visit } from './visit.ts';

/** Before a call: let Fermata's own command through, wait for what blocks it, refuse with the reason, or rewrite its input. */
export async function beforeTool(visit: Visit): Promise<Answer> {
  const moment = visit.moment();
  const { call } = moment;
  const command = call?.tool === 'Bash' ? call.input['command'] : undefined;
  if (typeof command === 'string' && isWayOut(command, visit.cli)) return { allow: true };
  const summary = callSummary(call);
  if (call !== undefined && isWatched(visit.state, call, moment.root)) {
    visit.tell({ t: 'tool', tool: call.tool, summary, agent: moment.agentId });
    visit.refresh();
  }
  const blocks = await hold(visit, summary);
  if (blocks.length > 0) {
    visit.denied(blocks, call?.tool ?? 'a tool', summary);
    const told = visit.claim('PostToolUse').filter((note) => note.kind !== 'rewrite');
    return { block: blockReason(visit.state, blocks, visit.around.now(), visit.cli), ...spoken(told) };
  }
  const notes = visit.claim();
  const rewrites = notes.filter((note) => note.kind === 'rewrite');
  const input =
    rewrites.length === 0
      ? {}
      : {
          input: Object.assign({}, call?.input, ...rewrites.map((note) => note.updatedInput)) as Record<
            string,
            unknown
          >,
        };
  return { ...spoken(notes), ...input };
}

/** The blocks that stand once there is no more use in waiting. The waiting itself is in the other bundle. */
async function hold(visit: Visit, summary: string | undefined): Promise<Block[]> {
  const blocks = standingBlocks(visit.state, visit.moment(), visit.around.now());
  const ever = visit.settings['hold.seconds'] > 0 || blocks.some(isPause);
  if (!ever || blocks.length === 0 || !blocks.every((block) => worthHolding(visit.state, block))) return blocks;
  const { holdInPlace } = await turnBundle();
  return holdInPlace(visit, summary);
}
