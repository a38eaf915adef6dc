import type { JSX } from 'preact';
import type { SessionView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { MessageField } from './messageField.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { CONDUCTOR_ICONS } from '#webview/components/stateIcons.ts';
import { strings } from '#webview/host/strings.ts';
import { UserText, ExpandableText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { Transcript } from './transcript.tsx';

/** Which session is drawn, and what the Conductor does: the first thing to see. */
export function SessionBar({
  session,
  sessions,
}: {
  session: SessionView;
  sessions: readonly SessionView[];
}): JSX.Element {
  const { state, sinceTs, reason } = session.conductor;
  const icon = CONDUCTOR_ICONS[state];
  return (
    <header class="session-bar">
      {sessions.length > 1 ? (
        <SessionSelect selected={session.id} sessions={sessions} />
      ) : (
        <h1 class="session-title">
          <UserText text={session.title} />
        </h1>
      )}
      <div class="conductor" data-conductor={state}>
        <Icon {...icon} />
        <span class="dim">{strings.conductor}</span>
        <strong>{strings.conductorState[state]}</strong>
        {sinceTs !== undefined && <Age ts={sinceTs} text={strings.since} class="dim" />}
        <span class="end row-actions">
          <Replay session={session} />
          <Pause session={session} />
          <Timeline session={session} />
          <Terminal session={session} />
          <AbortSession session={session} />
        </span>
        {reason !== undefined && <ExpandableText text={reason} class="dim conductor-reason" />}
      </div>
      {session.transcript && <Transcript transcript={session.transcript} atWork={session.live && state !== 'idle'} />}
      {session.live && state !== 'ended' && <MessageField to="conductor" />}
    </header>
  );
}

/** Holds every call of Claude's, or lets go again. */
function Pause({ session: { id, live, aborted, paused } }: { session: SessionView }): JSX.Element | null {
  const { mayAct, hooked } = usePanelActions();
  if (!mayAct || !hooked || !live || aborted === true) return null;
  const action = paused === true ? 'resume' : 'pause';
  return (
    <Button
      action={action}
      icon={paused === true ? 'play' : 'pause'}
      text={strings[action]}
      intent={{ action, session: id }}
    />
  );
}

function AbortSession({ session: { id, live, aborted } }: { session: SessionView }): JSX.Element | null {
  const { mayAct, hooked } = usePanelActions();
  if (!mayAct || !hooked || !live || aborted === true) return null;
  return (
    <ConfirmButton
      action="abort-session"
      icon="stopCircle"
      text={strings.abortSession}
      question={strings.confirmAbortSession}
      intent={{ action: 'abortSession', session: id }}
    />
  );
}

/** When it was, and how long it took, in a tab of its own. */
function Timeline({ session: { id } }: { session: SessionView }): JSX.Element | null {
  const { run, hooked } = usePanelActions();
  if (!hooked) return null;
  return (
    <Button
      action="open-timeline"
      icon="openTimeline"
      text={strings.timeline.open}
      onRun={() => run({ action: 'openTimeline', session: id })}
    />
  );
}

/** Where Claude is talked to: its terminal, or a new one that goes on with it. */
function Terminal({ session: { id, live } }: { session: SessionView }): JSX.Element | null {
  const { mayAct } = usePanelActions();
  if (!mayAct) return null;
  return (
    <Button
      action="focus-terminal"
      icon="output"
      text={live ? strings.focusTerminal : strings.resumeTerminal}
      intent={{ action: 'focusTerminal', session: id }}
    />
  );
}

/** What happened so far, from its first event on; of a session without hooks there is no log to tell it. */
function Replay({ session: { id, unhooked: hookProblem } }: { session: SessionView }): JSX.Element | null {
  const { past } = usePanelActions();
  if (past || hookProblem !== undefined) return null;
  return <Button action="replay" icon="history" text={strings.replay} intent={{ action: 'replay', session: id }} />;
}

function SessionSelect({ selected, sessions }: { selected: string; sessions: readonly SessionView[] }): JSX.Element {
  const { run } = usePanelActions();
  return (
    <div class="session-title">
      <h1 class="visually-hidden">{strings.panelTitle}</h1>
      <select
        class="select"
        aria-label={strings.session}
        data-action="switch-session"
        value={selected}
        onChange={(event) => run({ action: 'switchSession', session: event.currentTarget.value })}
      >
        {sessions.map((session) => (
          <option key={session.id} value={session.id}>
            {[
              shortText(session.title, 80),
              session.short,
              strings.conductorState[session.live ? session.conductor.state : 'ended'],
            ]
              .filter(Boolean)
              .join(' · ')}
          </option>
        ))}
      </select>
    </div>
  );
}
