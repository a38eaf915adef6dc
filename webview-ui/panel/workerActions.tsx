import type { JSX } from 'preact';
import type { WorkerView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

interface WorkerActionsProps {
  worker: WorkerView;
  name: string;
  peeking: boolean;
  onPeek: () => void;
  onWrite: () => void;
  /** Asks for the reason of a subagent's stop. */
  onStop: () => void;
}

/** What can be done with a worker: no button that cannot work. */
export function WorkerActions({ worker, name, peeking, onPeek, onWrite, onStop }: WorkerActionsProps): JSX.Element {
  const { session, mayAct } = usePanelActions();
  const { can, paused } = worker;
  const target = { session, worker: worker.id };
  // a subagent ends at its next call, with a reason for its parent
  const isAgent = can.pause || paused;
  const turn = paused ? 'resume' : 'pause';
  return (
    <span class="row-tools">
      {can.log && (
        <Button action="log" icon="log" text={strings.log(name)} intent={{ action: 'openWorkerLog', ...target }} />
      )}
      {can.output && (
        <Button
          action="output"
          icon="output"
          text={strings.output(name)}
          intent={{ action: 'openOutput', ...target }}
        />
      )}
      <Button action="peek" icon="peek" text={strings.peek.open(name)} expanded={peeking} onRun={onPeek} />
      {mayAct && can.message && (
        <Button action="message" icon="message" text={strings.messageTo(name)} onRun={onWrite} />
      )}
      {mayAct && isAgent && (
        <Button
          action={turn}
          icon={paused ? 'play' : 'pause'}
          text={(paused ? strings.resumeAgent : strings.pauseAgent)(name)}
          intent={{ action: turn, ...target }}
        />
      )}
      {mayAct &&
        can.abort &&
        (isAgent ? (
          <Button action="abort" icon="stop" text={strings.stopAgent(name)} onRun={onStop} />
        ) : (
          <ConfirmButton
            action="abort"
            icon="stop"
            text={strings.abort(name)}
            question={strings.confirmAbort(name)}
            intent={{ action: 'abortWorker', ...target }}
          />
        ))}
    </span>
  );
}
