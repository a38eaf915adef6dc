import type { JSX } from 'preact';
import type { WorkerView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton } from '#webview/components/button.tsx';
import { CommentForm, useWriting } from '#webview/components/commentForm.tsx';
import { formatDuration } from '#webview/components/duration.ts';
import { Icon, WORKER_ICONS } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ProgressBar } from '#webview/components/progressBar.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { ExpandableText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { TranscriptActivity, formatTokens } from './transcript.tsx';
import { isWorkerEnded, type TreeRow } from './workerTree.ts';

/** One worker: its task, state, progress and messages, and the buttons to inspect or to abort it. */
export const WorkerRow = memo(function WorkerRow({ worker, depth }: TreeRow): JSX.Element {
  const id = shortText(worker.id, 40);
  const task = worker.task === undefined ? undefined : shortText(worker.task, 160);
  const ended = isWorkerEnded(worker);
  const [writing, setWriting, body] = useWriting<HTMLDivElement>('message');
  return (
    <RovingRow
      id={worker.id}
      label={[id, strings.workerState[worker.state], task].filter(Boolean).join(', ')}
      class={ended ? 'worker ended' : 'worker'}
      data={{ 'data-worker': worker.id, 'data-state': worker.state }}
      depth={depth}
    >
      <Icon {...WORKER_ICONS[worker.state]} />
      <div class="worker-body" ref={body}>
        <div class="worker-head">
          <strong class="worker-id">{id}</strong>
          <span class={`state ${worker.state}`}>{strings.workerState[worker.state]}</span>
          <Elapsed worker={worker} />
          <WorkerActions worker={worker} name={id} onWrite={() => setWriting(true)} />
        </div>
        {writing && <MessageToWorker worker={worker.id} name={id} onEnd={() => setWriting(false)} />}
        {worker.task !== undefined && <ExpandableText text={worker.task} class="task clamped" />}
        {worker.progress !== undefined && !ended && (
          <ProgressBar progress={worker.progress} label={strings.progressOf(id)} running={worker.state === 'running'} />
        )}
        <WorkerDetails worker={worker} />
      </div>
    </RovingRow>
  );
});

function Elapsed({ worker: { startedTs, endedTs } }: { worker: WorkerView }): JSX.Element | null {
  if (startedTs === undefined) return null;
  if (endedTs !== undefined) return <span class="dim">{formatDuration(endedTs - startedTs)}</span>;
  return <Age ts={startedTs} text={(time) => time} class="dim" />;
}

interface WorkerActionsProps {
  worker: WorkerView;
  name: string;
  onWrite: () => void;
}

function WorkerActions({ worker, name, onWrite }: WorkerActionsProps): JSX.Element {
  const { session, mayAct, hooked } = usePanelActions();
  const target = { session, worker: worker.id };
  return (
    <span class="row-actions">
      <Button action="log" icon="log" text={strings.log(name)} intent={{ action: 'openWorkerLog', ...target }} />
      <Button action="output" icon="output" text={strings.output(name)} intent={{ action: 'openOutput', ...target }} />
      {mayAct && hooked && !isWorkerEnded(worker) && (
        <Button action="message" icon="message" text={strings.messageTo(name)} onRun={onWrite} />
      )}
      {mayAct && worker.canAbort && (
        <ConfirmButton
          action="abort"
          icon="stop"
          text={strings.abort(name)}
          question={strings.confirmAbort(name)}
          intent={{ action: 'abortWorker', ...target }}
        />
      )}
    </span>
  );
}

function MessageToWorker({ worker, name, onEnd }: { worker: string; name: string; onEnd: () => void }): JSX.Element {
  const { run, session } = usePanelActions();
  const send = (message: string): void => {
    if (message !== '') run({ action: 'sendMessage', session, worker, word: message });
    onEnd();
  };
  const label = strings.messageTo(name);
  return (
    <CommentForm
      label={label}
      placeholder={strings.messageToPlaceholder}
      submit={strings.sendMessage}
      submitLabel={label}
      onSend={send}
      onCancel={onEnd}
    />
  );
}

/** What the worker waits for, reports and suffers from; a problem comes last. */
function WorkerDetails({ worker }: { worker: WorkerView }): JSX.Element {
  const { progress, waitingFor, lastMessage, problem, silent, lastTs } = worker;
  const facts = [
    worker.kind,
    worker.run,
    worker.pid === undefined ? undefined : strings.pid(worker.pid),
    worker.tokens && formatTokens(worker.tokens),
  ];
  const message = lastMessage ?? progress?.message;
  return (
    <>
      {(progress?.phase !== undefined || message !== undefined) && (
        <div class="clamped">
          {progress?.phase !== undefined && !isWorkerEnded(worker) && <UserText text={progress.phase} class="chip" />}
          {message !== undefined && <ExpandableText text={message} class="dim" />}
        </div>
      )}
      {worker.activity && <TranscriptActivity activity={worker.activity} />}
      {waitingFor !== undefined && <ExpandableText text={strings.waitsFor(waitingFor)} class="clamped" />}
      {silent && lastTs !== undefined && (
        <div class="clamped silent">
          <Icon name="warning" tone="attention" />
          <Age ts={lastTs} text={strings.silentFor} />
        </div>
      )}
      {problem !== undefined && <ExpandableText text={problem} class="clamped problem" />}
      {facts.some(Boolean) && (
        <div class="facts-line dim">
          <UserText text={facts.filter(Boolean).join(' · ')} />
        </div>
      )}
    </>
  );
}
