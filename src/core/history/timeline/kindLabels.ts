import type { MarkKind, SpanKind } from '#protocol/timeline.ts';

/** The English name of each kind, in the order of the legend. */
export const KIND_LABELS: Record<SpanKind | MarkKind, string> = {
  working: 'at work',
  running: 'at work',
  waiting: 'waiting',
  held: 'held in place',
  denied: 'refused',
  idle: 'idle',
  planned: 'planned',
  starting: 'starting',
  mixed: 'many short changes',
  block: 'blocks',
  lock: 'has a lock',
  done: 'done',
  failed: 'failed',
  lost: 'lost',
  aborted: 'aborted',
  error: 'error',
  refusal: 'refusal',
  decision: 'decision',
  vote: 'vote',
  checkpoint: 'checkpoint',
  handoff: 'handoff',
  damage: 'damaged line',
};
