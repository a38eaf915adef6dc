import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ReplayView, Speed } from '#protocol/replay.ts';
import { Button } from '#webview/components/button.tsx';
import { formatDateTime } from '#webview/components/duration.ts';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ProgressBar } from '#webview/components/progressBar.tsx';
import { UserText } from '#webview/components/text.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

const SPEEDS: readonly Speed[] = ['1', '10', '60', 'events'];

/** Shows that the panel displays the past, and at which position; moves to others. It stays in sight while scrolling. */
export function ReplayBar({ replay }: { replay: ReplayView }): JSX.Element {
  const bar = useRef<HTMLElement>(null);
  // when the bar closes, the focus returns to the button that opened it
  useLayoutEffect(
    () => () => {
      if (bar.current?.contains(document.activeElement) === true)
        requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-action="replay"]')?.focus());
    },
    [],
  );
  const ready = replay.read === 1;
  return (
    <section ref={bar} class="replay" aria-label={strings.past} data-replay={ready ? 'shown' : 'reading'}>
      <div class="wrap-line">
        <Icon name="history" tone="attention" />
        <strong>{ready ? strings.past : strings.readingLog}</strong>
        <span class="end">
          <Button
            action="back-to-now"
            variant={ready ? 'primary' : 'secondary'}
            text={ready ? strings.backToNow : strings.cancel}
            intent={{ action: 'backToNow' }}
          />
        </span>
      </div>
      {ready ? (
        <Controls replay={replay} />
      ) : (
        <ProgressBar progress={{ pct: 100 * replay.read, at: 0 }} label={strings.readingLog} running={false} />
      )}
    </section>
  );
}

function Controls({ replay }: { replay: ReplayView }): JSX.Element {
  const { run, session } = usePanelActions();
  const { position, events, playing, text } = replay;
  const [speed, setSpeed] = useState(replay.speed);
  /** Plays at a speed; `undefined` pauses. */
  const play = (playSpeed: Speed | undefined): void => run({ action: 'replayPlay', session, speed: playSpeed });
  const jump = (to: 'previous' | 'next'): void => run({ action: 'replayJump', session, to });
  const step = (by: number): void =>
    run({ action: 'replay', session, event: Math.min(events, Math.max(1, position.event + by)) });
  const toggle = (): void => play(playing ? undefined : speed);
  return (
    <>
      <Scrubber replay={replay} onToggle={toggle} onJump={jump} />
      <div class="replay-buttons">
        <Button action="replay-previous" icon="previous" text={strings.previousTurn} onRun={() => jump('previous')} />
        <Button action="replay-back" icon="back" text={strings.stepBack} onRun={() => step(-1)} />
        <Button
          action="replay-play"
          icon={playing ? 'pause' : 'play'}
          text={playing ? strings.pausePlaying : strings.play}
          onRun={toggle}
        />
        <Button action="replay-forward" icon="chevron" text={strings.stepForward} onRun={() => step(1)} />
        <Button action="replay-next" icon="next" text={strings.nextTurn} onRun={() => jump('next')} />
        <select
          class="select"
          aria-label={strings.speed}
          title={strings.speed}
          data-action="replay-speed"
          value={speed}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.value as Speed;
            setSpeed(chosen);
            if (playing) play(chosen);
          }}
        >
          {SPEEDS.map((each) => (
            <option key={each} value={each}>
              {each === 'events' ? strings.eachEvent : `${each}×`}
            </option>
          ))}
        </select>
        <span class="dim end">{strings.eventOf(position.event, events)}</span>
      </div>
      <div class="replay-position">
        <span>{formatDateTime(position.ts)}</span>
        <UserText text={text} class="dim cut" />
      </div>
    </>
  );
}

interface ScrubberProps {
  replay: ReplayView;
  onToggle: () => void;
  onJump: (to: 'previous' | 'next') => void;
}

/** A slider over the whole log, with one step for each event. */
function Scrubber({ replay, onToggle, onJump }: ScrubberProps): JSX.Element {
  const { run, session } = usePanelActions();
  const { position, events, highlights, text } = replay;
  const slider = useRef<HTMLInputElement>(null);
  /** The event that the person has moved to, until the extension shows it. */
  const [requestedEvent, setRequestedEvent] = useState<number>();
  useEffect(() => {
    // do not take the focus from another part of the editor
    if (document.hasFocus()) slider.current?.focus();
  }, []);
  useEffect(() => setRequestedEvent(undefined), [position.event]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const byTurn = event.ctrlKey || event.metaKey;
    if (event.key === ' ') onToggle();
    else if (byTurn && event.key === 'ArrowLeft') onJump('previous');
    else if (byTurn && event.key === 'ArrowRight') onJump('next');
    else return;
    event.preventDefault();
  };
  const shown = requestedEvent ?? position.event;
  const share = (event: number): string => `${(100 * (event - 1)) / Math.max(1, events - 1)}%`;
  const valueText = strings.positionOf(formatDateTime(position.ts), position.event, events);
  return (
    <div class="scrubber">
      <div class="scrubber-marks">
        {highlights.map(({ event, kind }) => (
          <span key={event} data-kind={kind} style={{ insetInlineStart: share(event) }} />
        ))}
      </div>
      <input
        ref={slider}
        type="range"
        min={1}
        max={Math.max(1, events)}
        value={shown}
        style={{ '--share': share(shown) }}
        aria-label={strings.scrubber}
        aria-valuetext={[valueText, shortText(text, 200)].filter(Boolean).join(': ')}
        title={strings.scrubberHint}
        data-action="scrub"
        onInput={({ currentTarget: { valueAsNumber } }) => {
          setRequestedEvent(valueAsNumber);
          run({ action: 'replay', session, event: valueAsNumber });
        }}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}
