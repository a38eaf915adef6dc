import type { JSX } from 'preact';
import type { ConductorState, WorkerState } from '#protocol/viewModel.ts';
import type icons from './icons.json';

export type IconName = keyof typeof icons;

export interface IconProps {
  name: IconName;
  tone?: 'quiet' | 'active' | 'good' | 'bad' | 'attention';
  spin?: boolean;
}

/** A codicon from the sprite in the page; a font would need another source in the content security policy. */
export function Icon({ name, tone, spin }: IconProps): JSX.Element {
  const classes = ['icon', tone && `tone-${tone}`, spin && 'spin'].filter(Boolean).join(' ');
  return (
    <span class={classes} aria-hidden="true">
      <svg>
        <use href={`#icon-${name}`} />
      </svg>
    </span>
  );
}

/** Each state has its own shape, so that colour alone distinguishes none. */
export const WORKER_ICONS: Record<WorkerState, IconProps> = {
  planned: { name: 'circle', tone: 'quiet' },
  starting: { name: 'loading', tone: 'quiet', spin: true },
  running: { name: 'loading', tone: 'active', spin: true },
  waiting: { name: 'watch', tone: 'attention' },
  done: { name: 'pass', tone: 'good' },
  failed: { name: 'error', tone: 'bad' },
  aborted: { name: 'stopCircle', tone: 'quiet' },
  lost: { name: 'disconnected', tone: 'bad' },
};

/** Each state has its own shape, as for workers. */
export const CONDUCTOR_ICONS: Record<ConductorState, IconProps> = {
  working: { name: 'loading', tone: 'active', spin: true },
  idle: { name: 'circle', tone: 'quiet' },
  waiting: { name: 'bell', tone: 'attention' },
  ended: { name: 'circleSlash', tone: 'quiet' },
  unknown: { name: 'question', tone: 'quiet' },
};
