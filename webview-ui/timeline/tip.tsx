import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { TimelineFact, TimelineLane } from '#protocol/timeline.ts';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';
import { annotationText, kindText, laneName, nameText, whenText } from './factText.ts';

interface TipPosition {
  /** The point that the tip explains, and the size of the picture that it must stay in, CSS pixels. */
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Everything about an item, beside it. Screen readers get the same from the item's button. */
export function Tip({ fact, now, ...position }: { fact: TimelineFact; now: number } & TipPosition): JSX.Element {
  const [name, annotation] = [nameText(fact), annotationText(fact)];
  return (
    <TipBox {...position}>
      <p class="clamped">
        <strong>{laneName(fact.lane.id)}</strong> {kindText(fact)} {name !== '' && <bdi class="chip">{name}</bdi>}
      </p>
      <p class="dim clamped">{whenText(fact, now)}</p>
      {annotation !== '' && (
        <p dir="auto" class="clamped">
          {annotation}
        </p>
      )}
    </TipBox>
  );
}

/** A lane's whole task and its current state. */
export function LaneTip({ lane, ...position }: { lane: TimelineLane | undefined } & TipPosition): JSX.Element | null {
  if (lane === undefined) return null;
  const state = lane.state && { ...strings.conductorState, ...strings.workerState }[lane.state];
  const pct = lane.pct === undefined ? '' : strings.percent(Math.round(lane.pct));
  return (
    <TipBox {...position}>
      <p class="clamped">
        <strong>{laneName(lane.id)}</strong> {[state, pct].filter(Boolean).join(', ')}
      </p>
      {lane.task !== undefined && lane.task !== lane.name && (
        <p dir="auto" class="clamped">
          {shortText(lane.task)}
        </p>
      )}
    </TipBox>
  );
}

function TipBox({ x, y, width, height, children }: TipPosition & { children: ComponentChildren }): JSX.Element {
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
