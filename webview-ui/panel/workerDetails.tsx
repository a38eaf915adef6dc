import type { JSX } from 'preact';
import type { WorkerView } from '#protocol/viewModel.ts';
import { shortText } from '#webview/components/plainText.ts';
import { ExpandableText, UserText } from '#webview/components/text.tsx';
import { strings } from '#webview/host/strings.ts';
import { ChangesButton } from './changesButton.tsx';
import { TranscriptActivity, formatCompact, formatTokens } from './transcript.tsx';
import { isWorkerEnded } from './workerTree.ts';

/** What the worker was asked to do, what it waits for, reports and suffers from; a problem comes last. */
export function WorkerDetails({ worker }: { worker: WorkerView }): JSX.Element {
  const { task, name, state, contextTokens, progress, waitingFor, lastMessage, problem, kind, run, tokens, spending } =
    worker;
  const context = contextTokens === undefined ? undefined : strings.peek.context(formatCompact(contextTokens));
  const facts = [kind, run, tokens && formatTokens(tokens), spending, context].filter(Boolean);
  const message = lastMessage ?? progress?.message;
  return (
    <>
      {task !== undefined && task !== name && <ExpandableText text={task} class="task clamped" />}
      {(progress?.phase !== undefined || message !== undefined) && (
        <div class="clamped">
          {progress?.phase !== undefined && !isWorkerEnded(worker) && <UserText text={progress.phase} class="chip" />}
          {message !== undefined && <ExpandableText text={message} class="dim" />}
        </div>
      )}
      {worker.activity && <TranscriptActivity activity={worker.activity} />}
      {waitingFor !== undefined && <ExpandableText text={strings.waitsFor(waitingFor)} class="clamped" />}
      {problem !== undefined && <ExpandableText text={problem} class="clamped problem" />}
      {worker.changes && <ChangesButton changes={worker.changes} worker={worker.id} name={shortText(name, 60)} />}
      <div class="dim">
        <UserText text={[strings.workerState[state], ...facts].join(' · ')} />
      </div>
    </>
  );
}
