import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { PeekView, StepView } from '#protocol/peek.ts';
import { Button } from '#webview/components/button.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { LongText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { clock } from '#webview/host/clock.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { MessageField } from './messageField.tsx';
import type { PeekProps } from './peekProps.ts';
import { ContextAndCost } from './contextAndCost.tsx';

const texts = strings.peek;

/**
 * What an agent was asked, its latest steps, and what it wants to do now in full; kept up to date. It opens below its row
 * and moves the rows below, since over them it would hide what else happens. Esc closes it, and the row has the focus.
 */
export function Peek({ worker, name, mayReply, onClose }: PeekProps): JSX.Element {
  const { session } = usePanelActions();
  const box = useRef<HTMLElement>(null);
  const view = usePeek(worker);
  useLayoutEffect(() => box.current?.focus(), []);
  const onKeyDown = (event: KeyboardEvent): void => {
    // the keys of the list would move to another row
    event.stopPropagation();
    const closes = event.key === 'Escape' || (event.key === ' ' && event.target === box.current);
    if (!closes) return;
    event.preventDefault();
    box.current?.closest<HTMLElement>('[data-row]')?.focus();
    onClose();
  };
  return (
    <section ref={box} class="peek" tabIndex={-1} aria-label={texts.title(name)} onKeyDown={onKeyDown}>
      {view === undefined ? <p class="dim">{texts.loading}</p> : <PeekContent view={view} />}
      <div class="actions">
        <Button
          action="open-transcript"
          text={texts.transcript}
          label={texts.transcriptOf(name)}
          intent={{ action: 'openTranscript', session, worker }}
        />
      </div>
      {mayReply && <MessageField to={worker ?? 'conductor'} label={texts.reply(name)} />}
    </section>
  );
}

/** The newest view of an agent, asked for again each second. */
function usePeek(worker: string | undefined): PeekView | undefined {
  const { session, peek } = usePanelActions();
  const [view, setView] = useState<PeekView>();
  useEffect(() => {
    let drop = peek(session, worker, setView);
    const stop = clock.subscribe(() => {
      drop();
      drop = peek(session, worker, setView);
    });
    return () => {
      stop();
      drop();
    };
  }, [session, worker, peek]);
  return view;
}

function PeekContent({ view }: { view: PeekView }): JSX.Element {
  const { prompt, steps, calls, transcript } = view;
  return (
    <>
      {prompt !== undefined && (
        <>
          <h3>{texts.prompt}</h3>
          <LongText text={prompt} />
        </>
      )}
      <h3>{texts.steps}</h3>
      {transcript !== 'read' && <p class="dim">{texts.notRead[transcript]}</p>}
      {steps.length === 0 && transcript === 'read' && <p class="dim">{texts.noSteps}</p>}
      <ol>
        {steps.map((step, i) => (
          <Step key={i} step={step} />
        ))}
      </ol>
      {calls.length > 0 && <h3>{texts.calls}</h3>}
      {calls.map(({ tool, text, sinceTs }, i) => (
        <div key={i} class="peek-call">
          <strong>{shortText(tool, 60)}</strong> <Age ts={sinceTs} text={(time) => time} class="dim" />
          <LongText text={text} class="card-text" exact />
        </div>
      ))}
      <ContextAndCost {...view} />
    </>
  );
}

function Step({ step: { kind, ts, text, failed = false } }: { step: StepView }): JSX.Element {
  return (
    <li class="peek-step" data-kind={kind}>
      <span class={failed ? 'problem' : 'dim'}>{failed ? texts.failed : texts.kinds[kind]}</span>
      <bdi class="clamped">{shortText(text, 200)}</bdi>
      <Age ts={ts} text={(time) => time} class="dim" />
    </li>
  );
}
