import type { ComponentChildren, JSX } from 'preact';
import { Icon, type IconName } from './icon.tsx';

interface BannerProps {
  kind: 'info' | 'warning' | 'error';
  icon: IconName;
  /** Handle for tests. */
  name: string;
  children: ComponentChildren;
}

/** Something about the whole panel that the person should know while looking at the rest. */
export function Banner({ kind, icon, name, children }: BannerProps): JSX.Element {
  return (
    <div class={`banner ${kind}`} data-banner={name}>
      <Icon name={icon} />
      <div class="banner-body">{children}</div>
    </div>
  );
}
