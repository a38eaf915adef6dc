import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { clock } from '#webview/host/clock.ts';
import { useRedraw } from '#webview/host/memo.ts';
import { formatDuration, formatRemaining } from './duration.ts';

interface TimeProps {
  ts: number;
  /** Makes the text from a formatted duration. */
  text: (duration: string) => string;
  class?: string;
}

/** The time since `ts`; it counts on by itself. */
export function Age({ ts, text, class: classes }: TimeProps): JSX.Element {
  return <span class={classes}>{useTicking((now) => text(formatDuration(now - ts)))}</span>;
}

/** The time until `ts`; afterwards the text `over`. */
export function Countdown({ ts, text, over, class: classes }: TimeProps & { over: string }): JSX.Element {
  return <span class={classes}>{useTicking((now) => (ts > now ? text(formatRemaining(ts - now)) : over))}</span>;
}

/** A text that depends on the time. The component draws again only in the seconds in which the text changes. */
function useTicking(text: (now: number) => string): string {
  const redraw = useRedraw();
  const rendered = useRef('');
  const latest = useRef(text);
  latest.current = text;
  rendered.current = text(clock.now());
  useEffect(
    () =>
      clock.subscribe(() => {
        if (latest.current(clock.now()) !== rendered.current) redraw();
      }),
    [],
  );
  return rendered.current;
}
