import type { JSX } from 'preact';
import type { ConductorState, WorkerState } from '#protocol/viewModel.ts';
import type icons from './icons.json';

export type IconName = keyof typeof icons;

export interface IconProps {
  name: IconName;
  tone?: 'quiet' | 'active' | 'good' | 'bad' | 'attention' | 'decide';
}

/** A codicon from the sprite in the page; a font would need another source in the content security policy. */
export function Icon({ name, tone }: IconProps): JSX.Element {
  const classes = ['icon', tone && `tone-${tone}`].filter(Boolean).join(' ');
  return (
    <span class={classes} aria-hidden="true">
      <svg>
        <use href={`#icon-${name}`} />
      </svg>
    </span>
  );
}

/**
 * Each state has its own shape, so that colour alone distinguishes none. None of them moves: work that goes on needs no
 * attention, and ten spinners cost 5 % of a core for as long as the panel is open.
 */
export const WORKER_ICONS: Record<WorkerState, IconProps> = {
  planned: { name: 'circle', tone: 'quiet' },
  starting: { name: 'loading', tone: 'quiet' },
  running: { name: 'circleFilled', tone: 'active' },
  waiting: { name: 'watch', tone: 'attention' },
  idle: { name: 'pause', tone: 'quiet' },
  done: { name: 'pass', tone: 'good' },
  failed: { name: 'error', tone: 'bad' },
  aborted: { name: 'stopCircle', tone: 'quiet' },
  lost: { name: 'disconnected', tone: 'bad' },
};

/** Each state has its own shape, as for workers. */
export const CONDUCTOR_ICONS: Record<ConductorState, IconProps> = {
  working: { name: 'circleFilled', tone: 'active' },
  idle: { name: 'circle', tone: 'quiet' },
  waiting: { name: 'bell', tone: 'decide' },
  ended: { name: 'circleSlash', tone: 'quiet' },
  unknown: { name: 'question', tone: 'quiet' },
};
