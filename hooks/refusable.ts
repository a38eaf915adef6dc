import { blockReason } from '../src/core/answer/reason.ts';
import { standingBlocks } from '../src/core/answer/standing.ts';
import { told } from './passOn.ts';
import type { Answer } from './reply.ts';
import { mayRefuse } from './stop.ts';
import type { Visit } from './visit.ts';

/** A task, a teammate's rest, a compaction: refused at once while a worker blocks it. */
export function onRefusable(visit: Visit): Answer {
  const { hook_event_name: event, task_subject, teammate_name } = visit.payload;
  const standing = standingBlocks(visit.state, visit.moment(), visit.around.now());
  const blocks = event === 'TeammateIdle' ? mayRefuse(visit, standing) : standing;
  if (blocks.length === 0) return told(visit);
  visit.denied(blocks, event, task_subject ?? teammate_name);
  return { ...told(visit), block: blockReason(visit.state, blocks, visit.around.now(), visit.cli) };
}
