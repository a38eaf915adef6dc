import type { JSX } from 'preact';
import type { SessionView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton } from '#webview/components/button.tsx';
import { CONDUCTOR_ICONS, Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ExpandableText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { MessageField } from './messageField.tsx';
import { Transcript } from './transcript.tsx';

interface SessionBarProps {
  session: SessionView;
  sessions: readonly SessionView[];
}

/** The session on display, and the Conductor's state. */
export function SessionBar({ session, sessions }: SessionBarProps): JSX.Element {
  const { state, sinceTs, reason } = session.conductor;
  return (
    <header class="session-bar">
      {sessions.length > 1 ? (
        <SessionSelect session={session} sessions={sessions} />
      ) : (
        <h1 class="session-title cut">
          <UserText text={session.title} />
        </h1>
      )}
      <div class="conductor" data-conductor={state}>
        <Icon {...CONDUCTOR_ICONS[state]} />
        <span class="dim">{strings.conductor}</span>
        <strong>{strings.conductorState[state]}</strong>
        {sinceTs !== undefined && <Age ts={sinceTs} text={strings.since} class="dim" />}
        <SessionActions session={session} />
        {reason !== undefined && <ExpandableText text={reason} class="dim conductor-reason clamped" />}
      </div>
      {session.transcript && <Transcript transcript={session.transcript} atWork={session.live && state !== 'idle'} />}
      {session.live && state !== 'ended' && <MessageField to="conductor" />}
    </header>
  );
}

/** Replay, pause or resume, timeline, terminal, abort. Without hooks there is no log to replay, and no call to hold. */
function SessionActions({ session: { id, live, aborted, paused } }: { session: SessionView }): JSX.Element {
  const { mayAct, past, hooked } = usePanelActions();
  const canControl = mayAct && hooked && live && aborted !== true;
  const pause = paused === true ? 'resume' : 'pause';
  return (
    <span class="end row-actions">
      {!past && hooked && (
        <Button action="replay" icon="history" text={strings.replay} intent={{ action: 'replay', session: id }} />
      )}
      {canControl && (
        <Button
          action={pause}
          icon={paused === true ? 'play' : 'pause'}
          text={strings[pause]}
          intent={{ action: pause, session: id }}
        />
      )}
      {hooked && (
        <Button
          action="open-timeline"
          icon="openTimeline"
          text={strings.timeline.open}
          intent={{ action: 'openTimeline', session: id }}
        />
      )}
      {mayAct && (
        <Button
          action="focus-terminal"
          icon="output"
          text={live ? strings.focusTerminal : strings.resumeTerminal}
          intent={{ action: 'focusTerminal', session: id }}
        />
      )}
      {canControl && (
        <ConfirmButton
          action="abort-session"
          icon="stopCircle"
          text={strings.abortSession}
          question={strings.confirmAbortSession}
          intent={{ action: 'abortSession', session: id }}
        />
      )}
    </span>
  );
}

function SessionSelect({ session, sessions }: SessionBarProps): JSX.Element {
  const { run } = usePanelActions();
  const labelOf = ({ title, short, live, conductor }: SessionView): string =>
    [shortText(title, 80), short, strings.conductorState[live ? conductor.state : 'ended']].filter(Boolean).join(' · ');
  return (
    <div class="session-title cut">
      <h1 class="visually-hidden">{strings.panelTitle}</h1>
      <select
        class="select"
        aria-label={strings.session}
        data-action="switch-session"
        value={session.id}
        onChange={(event) => run({ action: 'switchSession', session: event.currentTarget.value })}
      >
        {sessions.map((each) => (
          <option key={each.id} value={each.id}>
            {labelOf(each)}
          </option>
        ))}
      </select>
    </div>
  );
}
