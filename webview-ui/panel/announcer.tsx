import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { strings } from '#webview/host/strings.ts';

const INTERVAL_MS = 4000;

/** Announces a summary to screen readers, at most once in `INTERVAL_MS`: rows change every second. */
export function Announcer({ running, needsYou }: { running: number; needsYou: number }): JSX.Element {
  const summary = strings.summary(running, needsYou);
  const [announced, setAnnounced] = useState('');
  const announcedAt = useRef(-Infinity);
  useEffect(() => {
    if (summary === announced) return undefined;
    const wait = Math.max(0, announcedAt.current + INTERVAL_MS - performance.now());
    const timer = window.setTimeout(() => {
      announcedAt.current = performance.now();
      setAnnounced(summary);
    }, wait);
    return () => window.clearTimeout(timer);
  }, [summary, announced]);
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {announced}
    </div>
  );
}
