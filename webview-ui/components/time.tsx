import type { JSX } from 'preact';
import { useTicking } from '#webview/host/clock.ts';
import { formatDuration, formatRemaining } from './duration.ts';

interface TimeProps {
  ts: number;
  /** Puts the length of time into words. */
  text: (duration: string) => string;
  class?: string;
}

/** How long ago something was, counting on by itself. */
export function Age({ ts, text, class: classes }: TimeProps): JSX.Element {
  return <span class={classes}>{useTicking((now) => text(formatDuration(now - ts)))}</span>;
}

/** How long until something is due; past that moment it says `over`. */
export function Countdown({ ts, text, over: overdueText, class: classes }: TimeProps & { over: string }): JSX.Element {
  return <span class={classes}>{useTicking((now) => (ts > now ? text(formatRemaining(ts - now)) : overdueText))}</span>;
}
