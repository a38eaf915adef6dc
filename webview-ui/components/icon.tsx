import type { JSX } from 'preact';
import type icons from './icons.json';

export type IconName = keyof typeof icons;

/** A codicon from the sprite that the page carries: the font would need another CSP source. */
export function Icon({ name, tone, spin }: { name: IconName; tone?: string; spin?: boolean }): JSX.Element {
  const classes = ['icon', tone && `tone-${tone}`, spin && 'spin'].filter(Boolean).join(' ');
  return (
    <span class={classes} aria-hidden="true">
      <svg>
        <use href={`#icon-${name}`} />
      </svg>
    </span>
  );
}
