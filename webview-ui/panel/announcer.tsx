import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { strings } from '../strings.ts';

const QUIET_MS = 4000;

/** Says to screen readers what changed, as a summary and seldom: rows that change every second would never be silent. */
export function Announcer({ running, needsYou }: { running: number; needsYou: number }): JSX.Element {
  const summary = strings.summary(running, needsYou);
  const [said, setSaid] = useState('');
  const saidAt = useRef(-Infinity);
  useEffect(() => {
    if (summary === said) return undefined;
    const wait = Math.max(0, saidAt.current + QUIET_MS - performance.now());
    const timer = window.setTimeout(() => {
      saidAt.current = performance.now();
      setSaid(summary);
    }, wait);
    return () => window.clearTimeout(timer);
  }, [summary, said]);
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {said}
    </div>
  );
}
