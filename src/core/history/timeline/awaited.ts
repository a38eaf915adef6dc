import type { Block, PendingCondition, SessionState } from '#protocol/state.ts';
import type { Awaited } from '#protocol/waitingBill.ts';
import { awaitedWorkers, parseCondition } from '#core/fold/conditions.ts';
import { isOfPerson, isTimed } from '#core/fold/queries.ts';

/** What a call waits for that a block holds. */
export function awaitedOfBlock(state: SessionState, block: Block): Awaited {
  const { cause, worker } = block;
  if (cause.kind === 'lock') return { kind: 'lock', name: cause.resource };
  if (cause.kind === 'ballot') return { kind: 'vote', name: cause.ballot };
  // what holds for one of these ends by a word of the person or of Claude
  if (cause.kind !== 'hook' && cause.kind !== 'guard') return { kind: 'answer' };
  const awaited = awaitedOfConditions(state, block.until);
  if (awaited !== undefined) return awaited;
  if (isOfPerson(block)) return isTimed(block) ? { kind: 'time' } : { kind: 'answer' };
  return { kind: 'worker', name: worker };
}

/** What the first of some conditions that is not met waits for. */
export function awaitedOfConditions(state: SessionState, conditions: readonly PendingCondition[]): Awaited | undefined {
  const pending = conditions.find(({ met }) => !met);
  if (pending === undefined) return undefined;
  const { kind, name } = parseCondition(pending.text);
  if (kind === 'free') return { kind: 'lock', name };
  if (kind === 'decided' || kind === 'agreed') return { kind: 'vote', name };
  const worker = awaitedWorkers(pending).find((id) => state.workers.get(id)?.endedTs === undefined);
  return worker === undefined ? undefined : { kind: 'worker', name: worker };
}
