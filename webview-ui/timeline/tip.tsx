import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TimelineFact, TimelineLane } from '#protocol/timeline.ts';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';
import { kindText, laneName, nameText, annotationText, whenText } from './factText.ts';

interface TipPosition {
  /** Where it points, and the size of what it must stay within. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** All that is known of an item, beside it; its button says the same to those who do not see it. */
export function Tip({ fact, now, ...place }: { fact: TimelineFact; now: number } & TipPosition): JSX.Element {
  const [name, annotation] = [nameText(fact), annotationText(fact)];
  return (
    <TipBox {...place}>
      <p>
        <strong>{laneName(fact.lane.id)}</strong> {kindText(fact)} {name !== '' && <bdi class="chip">{name}</bdi>}
      </p>
      <p class="dim">{whenText(fact, now)}</p>
      {annotation !== '' && <p dir="auto">{annotation}</p>}
    </TipBox>
  );
}

/** Of a lane: its whole task, and how it is now. */
export function LaneTip({ lane, ...place }: { lane: TimelineLane | undefined } & TipPosition): JSX.Element | null {
  if (lane === undefined) return null;
  const state = lane.state && { ...strings.conductorState, ...strings.workerState }[lane.state];
  const pct = lane.pct === undefined ? '' : strings.percent(Math.round(lane.pct));
  return (
    <TipBox {...place}>
      <p>
        <strong>{laneName(lane.id)}</strong> {[state, pct].filter(Boolean).join(', ')}
      </p>
      {lane.task !== undefined && <p dir="auto">{shortText(lane.task)}</p>}
    </TipBox>
  );
}

function TipBox({
  x,
  y,
  width,
  height,
  children,
}: TipPosition & { children: JSX.Element | (JSX.Element | false)[] }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (box.current === null) return;
    const { offsetWidth, offsetHeight, style } = box.current;
    const below = y + 14;
    style.left = `${Math.max(4, Math.min(x + 10, width - offsetWidth - 8))}px`;
    style.top = `${below + offsetHeight + 4 > height ? Math.max(4, y - offsetHeight - 24) : below}px`;
  });
  return (
    <div class="tip" ref={box} aria-hidden="true">
      {children}
    </div>
  );
}
