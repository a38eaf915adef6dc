import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { SessionView, ViewModel } from '#protocol/viewModel.ts';
import { Button, ConfirmButton } from '#webview/components/button.tsx';
import { CONDUCTOR_ICONS, Icon } from '#webview/components/icon.tsx';
import { MachineChip } from '#webview/components/machineChip.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ExpandableText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { onDemand } from '#webview/components/onDemand.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { agentMenu } from '#webview/host/contextMenu.ts';
import { strings } from '#webview/host/strings.ts';
import { ChangesButton } from './changesButton.tsx';
import { useHeldState } from './heldList.tsx';
import { MessageField } from './messageField.tsx';
import { TokensUsed, Transcript } from './transcript.tsx';

const HoldMenu = onDemand(async () => (await import('./holdMenu.tsx')).HoldMenu);

interface SessionBarProps {
  view: ViewModel;
  canGoBack: boolean;
}

/** The session on display, and what Claude does in it. */
export function SessionBar({ view: { session, calls, blocks, spending }, canGoBack }: SessionBarProps): JSX.Element {
  const [holding, setHolding] = useState(false);
  const canHold = useCanControl(session);
  const { state, sinceTs, reason } = session.conductor;
  const held = useHeldState()(calls);
  const isAtWork = session.live && state !== 'idle' && held === undefined;
  const icon = held === undefined ? CONDUCTOR_ICONS[state] : ({ name: 'pause', tone: 'decide' } as const);
  return (
    <header class="session-bar" {...agentMenu(session.id)}>
      <div class="session-line">
        {canGoBack && (
          <Button action="show-board" icon="back" text={strings.board.back} intent={{ action: 'showBoard' }} />
        )}
        <h1 class="session-title cut" title={`${shortText(session.name, 300)}\n${session.id}`}>
          {shortText(session.name)}
        </h1>
        <SessionActions session={session} holding={holding} onHold={() => setHolding(!holding)} />
      </div>
      <div class="conductor" data-conductor={state}>
        <Icon {...icon} />
        <strong>{held === undefined ? strings.conductorState[state] : shortText(held, 200)}</strong>
        {sinceTs !== undefined && <Age ts={sinceTs} text={(time) => time} class="dim" />}
        <UserText text={session.projectName} class="dim cut project" />
        <MachineChip machine={session.machine} />
        {session.background && <span class="dim">{strings.board.background}</span>}
        {session.transcript && <TokensUsed tokens={session.transcript.tokens} spending={spending} />}
        {reason !== undefined && <ExpandableText text={reason} class="dim conductor-reason clamped" />}
      </div>
      {canHold && (holding || blocks.some(({ next }) => next !== undefined)) && (
        <HoldMenu blocks={blocks} open={holding} onChoice={() => setHolding(false)} />
      )}
      {session.changes && <ChangesButton changes={session.changes} name={shortText(session.name, 60)} />}
      {session.transcript && <Transcript transcript={session.transcript} atWork={isAtWork} />}
      {session.live && state !== 'ended' && <MessageField to="conductor" />}
    </header>
  );
}

/** Whether the person may hold and abort: without hooks there is no call to hold. */
function useCanControl({ live, aborted }: SessionView): boolean {
  const { mayAct, hooked } = usePanelActions();
  return mayAct && hooked && live && aborted !== true;
}

interface SessionActionsProps {
  session: SessionView;
  /** Whether the choice of what is held is open. */
  holding: boolean;
  onHold: () => void;
}

/** Hold, replay, timeline, terminal, abort. Without hooks there is no log to replay. */
function SessionActions({ session, holding, onHold }: SessionActionsProps): JSX.Element {
  const { id, live, paused } = session;
  const { mayAct, past, hooked, terminal } = usePanelActions();
  const canControl = useCanControl(session);
  return (
    <span class="end row-actions">
      {canControl && paused === true && (
        <Button action="resume" icon="play" text={strings.resume} intent={{ action: 'resume', session: id }} />
      )}
      {canControl && <Button action="hold" variant="link" text={strings.hold} expanded={holding} onRun={onHold} />}
      {!past && hooked && (
        <Button action="replay" icon="history" text={strings.replay} intent={{ action: 'replay', session: id }} />
      )}
      {hooked && (
        <Button
          action="open-timeline"
          icon="openTimeline"
          text={strings.timeline.open}
          intent={{ action: 'openTimeline', session: id }}
        />
      )}
      {mayAct && terminal && (
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
