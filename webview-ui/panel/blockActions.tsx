import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton, usePending } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';
import { useWriting, CommentForm } from '#webview/components/commentForm.tsx';

/** Release, release with a word to Claude, or end the worker that blocks. */
export function BlockActions({ block, canAbort }: { block: BlockView; canAbort: boolean }): JSX.Element | null {
  const { run, session, mayAct } = usePanelActions();
  const [writing, setWriting, actions] = useWriting<HTMLDivElement>('release');
  if (!mayAct) return null;

  const release = (comment: string): void => {
    setWriting(false);
    run({ action: 'release', session, block: block.id, ...(comment ? { word: comment } : {}) });
  };
  if (writing)
    return (
      <CommentForm
        label={strings.commentLabel(block.id)}
        placeholder={strings.commentPlaceholder}
        send={strings.release}
        sendLabel={strings.releaseOf(block.id)}
        onSend={release}
        onCancel={() => setWriting(false)}
      />
    );
  const worker = shortText(block.worker, 40);
  return (
    <div class="actions" ref={actions}>
      <ReleaseButton block={block.id} look="primary" />
      <Button
        action="release-word"
        text={strings.releaseWithComment}
        label={strings.releaseWithCommentOf(block.id)}
        onRun={() => setWriting(true)}
      />
      {canAbort && (
        <ConfirmButton
          action="abort"
          text={strings.abort(worker)}
          question={strings.confirmAbort(worker)}
          intent={{ action: 'abortWorker', session, worker: block.worker }}
        />
      )}
    </div>
  );
}

/** Lets go of one block; not twice while the first time is on its way. */
export function ReleaseButton({ block, look: variant }: { block: string; look?: 'primary' }): JSX.Element {
  const { run, session } = usePanelActions();
  const [releasing, setReleasing] = usePending();
  const release = (): void => {
    if (releasing) return;
    setReleasing();
    run({ action: 'release', session, block });
  };
  return (
    <Button
      action="release"
      {...(variant && { variant })}
      text={releasing ? strings.releasing : strings.release}
      label={strings.releaseOf(block)}
      onRun={release}
    />
  );
}
