import type { MarkKind } from './timeline.ts';

/**
 * A shape for each kind of mark, so that none is told by its colour alone: a path of SVG, 10 wide, around 0,0. What
 * is an outline only is drawn without a filling.
 */
export const MARK_SHAPES: Record<MarkKind, string> = {
  done: 'M-4 0L-1 3L4 -3',
  failed: 'M-4 -4L4 4M-4 4L4 -4',
  lost: 'M-4 0H-2M-1 0H1M2 0H4',
  aborted: 'M-4 -4H4V4H-4Z',
  error: 'M0 -5L5 4H-5Z',
  refusal: 'M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0M-3 0H3',
  decision: 'M0 -5L1.5 -1.5L5 -1.5L2 1L3 5L0 2.5L-3 5L-2 1L-5 -1.5L-1.5 -1.5Z',
  vote: 'M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0 -3.5 0Z',
  checkpoint: 'M0 -5L4 0L0 5L-4 0Z',
  handoff: 'M-5 0H4M1 -3L4 0L1 3',
  damage: 'M-4 -4L0 0L-4 4M4 -4L0 0L4 4',
};
