import type { JSX } from 'preact';
import type { WorkerView } from '#protocol/viewModel.ts';
import { ConfirmButton } from '#webview/components/button.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { Age } from '#webview/components/time.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

/** When its machine was heard last. Where the person wants its end, they may give it up. */
export function AwayLine({ worker, ts }: { worker: WorkerView; ts: number }): JSX.Element {
  const { session, mayAct } = usePanelActions();
  const { id, machine = '', aborting, can } = worker;
  const name = shortText(worker.name, 80);
  const asked = aborting === true;
  const never = asked ? strings.abortAskedOnly(shortText(machine, 40)) : strings.neverHeard;
  const since = (time: string): string =>
    asked ? strings.abortAsked(shortText(machine, 40), time) : strings.lastHeard(time);
  return (
    <div class="worker-trouble dim">
      {ts === 0 ? never : <Age ts={ts} text={since} />}{' '}
      {asked && mayAct && can.giveUp === true && (
        <ConfirmButton
          action="give-up"
          variant="link"
          text={strings.giveUp}
          label={strings.giveUpOf(name)}
          question={strings.confirmGiveUp(name)}
          intent={{ action: 'giveUpWorker', session, worker: id }}
        />
      )}
    </div>
  );
}
