import type { ConductorState, WorkerState } from '#protocol/viewModel.ts';
import type { IconName } from './icon.tsx';

interface StateIcon {
  name: IconName;
  tone: 'quiet' | 'active' | 'good' | 'bad' | 'attention';
  spin?: boolean;
}

/** Each state has a shape of its own, so that none is told by colour alone. */
export const WORKER_ICONS: Record<WorkerState, StateIcon> = {
  planned: { name: 'circle', tone: 'quiet' },
  starting: { name: 'loading', tone: 'quiet', spin: true },
  running: { name: 'loading', tone: 'active', spin: true },
  waiting: { name: 'watch', tone: 'attention' },
  done: { name: 'pass', tone: 'good' },
  failed: { name: 'error', tone: 'bad' },
  aborted: { name: 'stopCircle', tone: 'quiet' },
  lost: { name: 'disconnected', tone: 'bad' },
};

/** The Conductor's, by the same rule. */
export const CONDUCTOR_ICONS: Record<ConductorState, StateIcon> = {
  working: { name: 'loading', tone: 'active', spin: true },
  idle: { name: 'circle', tone: 'quiet' },
  waiting: { name: 'bell', tone: 'attention' },
  ended: { name: 'circleSlash', tone: 'quiet' },
  unknown: { name: 'question', tone: 'quiet' },
};
