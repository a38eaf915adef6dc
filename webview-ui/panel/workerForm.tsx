import type { JSX } from 'preact';
import type { WorkerView } from '#protocol/viewModel.ts';
import { CommentForm } from '#webview/components/commentForm.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

interface WorkerFormProps {
  worker: WorkerView;
  name: string;
  /** A message that it reads, or why it is stopped: that may be empty. */
  kind: 'message' | 'stop';
  onEnd: () => void;
}

/** A line of text for a worker. */
export function WorkerForm({ worker, name, kind, onEnd }: WorkerFormProps): JSX.Element {
  const { run, session } = usePanelActions();
  const target = { session, worker: worker.id };
  const isStop = kind === 'stop';
  const send = (word: string): void => {
    if (isStop) run({ action: 'abortWorker', ...target, word: word === '' ? undefined : word });
    else if (word !== '') run({ action: 'sendMessage', ...target, word });
    onEnd();
  };
  const label = (isStop ? strings.stopAgent : strings.messageTo)(name);
  const messagePlaceholder = worker.can.log ? strings.messageToPlaceholder : strings.messageToAgentPlaceholder;
  return (
    <CommentForm
      label={label}
      placeholder={isStop ? strings.stopPlaceholder : messagePlaceholder}
      submit={isStop ? strings.stop : strings.sendMessage}
      submitLabel={label}
      onSend={send}
      onCancel={onEnd}
    />
  );
}
