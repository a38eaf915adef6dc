import type { JSX } from 'preact';
import type { BlockView } from '../../src/protocol/viewModel.ts';
import { Button, ConfirmButton, usePending } from '../parts/button.tsx';
import { useAsking } from '../host/intents.ts';
import { shortText } from '../parts/plainText.ts';
import { strings } from '../strings.ts';
import { useWriting, WordForm } from '../parts/wordForm.tsx';

/** Release, release with a word to Claude, or end the worker that blocks. */
export function BlockActions({ block, canAbort }: { block: BlockView; canAbort: boolean }): JSX.Element | null {
  const { run, session, mayAct } = useAsking();
  const [writing, setWriting, actions] = useWriting<HTMLDivElement>('release');
  if (!mayAct) return null;

  const release = (word: string): void => {
    setWriting(false);
    run({ action: 'release', session, block: block.id, ...(word ? { word } : {}) });
  };
  if (writing)
    return (
      <WordForm
        label={strings.wordLabel(block.id)}
        placeholder={strings.wordPlaceholder}
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
        text={strings.releaseWithWord}
        label={strings.releaseWithWordOf(block.id)}
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
export function ReleaseButton({ block, look }: { block: string; look?: 'primary' }): JSX.Element {
  const { run, session } = useAsking();
  const [releasing, setReleasing] = usePending();
  const release = (): void => {
    if (releasing) return;
    setReleasing();
    run({ action: 'release', session, block });
  };
  return (
    <Button
      action="release"
      {...(look && { look })}
      text={releasing ? strings.releasing : strings.release}
      label={strings.releaseOf(block)}
      onRun={release}
    />
  );
}
