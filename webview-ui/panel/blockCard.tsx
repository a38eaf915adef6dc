import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton, usePending } from '#webview/components/button.tsx';
import { CommentForm, useWriting } from '#webview/components/commentForm.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age, Countdown } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

interface BlockCardProps {
  block: BlockView;
  canAbort: boolean;
}

/** A block that needs the person's decision, with all that they need for it. */
export const BlockCard = memo(function BlockCard({ block, canAbort }: BlockCardProps): JSX.Element {
  return (
    <RovingRow id={`block:${block.id}`} label={labelOf(block)} class="card" data={{ 'data-block': block.id }}>
      <div class="card-head">
        <Icon name="pause" tone="attention" />
        <strong>{block.id}</strong>
        <UserText text={block.worker} class="chip" />
        <span class="dim">{block.event}</span>
        <Age ts={block.sinceTs} text={strings.ago} class="dim end" />
      </div>
      <LongText text={block.reason} class="card-text" />
      <dl class="facts">
        <dt>{strings.concerns}</dt>
        <dd class="clamped">
          <UserText text={block.concerns} />
        </dd>
        {block.stuck !== undefined && (
          <>
            <dt>{strings.stuck}</dt>
            <dd class="clamped tone-attention">
              <UserText text={block.stuck.why} />
            </dd>
          </>
        )}
        <dt>{strings.ends}</dt>
        <dd class="clamped">
          <EndCondition block={block} />
        </dd>
      </dl>
      <EnforcementInfo block={block} />
      <BlockActions block={block} canAbort={canAbort} />
    </RovingRow>
  );
});

/** The name of a block's row for screen readers. */
export const labelOf = ({ id, worker, concerns }: BlockView): string =>
  strings.blockLabel(id, shortText(worker, 60), shortText(concerns, 120));

/** When the block ends without the person; a block that only the person can end states that. */
export function EndCondition({ block: { endsWhen, dueTs, stuck } }: { block: BlockView }): JSX.Element {
  if (endsWhen === undefined && dueTs === undefined)
    return <>{stuck === undefined ? strings.endsOnlyByYou : strings.endsStuck}</>;
  return (
    <>
      {endsWhen !== undefined && <UserText text={strings.endsWhen(endsWhen)} />}
      {endsWhen !== undefined && dueTs !== undefined && ` ${strings.or} `}
      {dueTs !== undefined && <Countdown ts={dueTs} text={strings.dueIn} over={strings.dueNow} />}
    </>
  );
}

/** The calls that the block has denied or holds now. A held call is the strongest reason to act. */
function EnforcementInfo({ block: { holding, deniedCount } }: { block: BlockView }): JSX.Element | null {
  if (holding === undefined && deniedCount === 0) return null;
  return (
    <div class="enforcement wrap-line">
      {holding !== undefined && (
        <span class="holding" title={holding.summary && shortText(holding.summary, 600)}>
          <Icon name="watch" />
          <Age ts={holding.sinceTs} text={(time) => strings.holding(shortText(holding.tool, 60), time)} />
        </span>
      )}
      {deniedCount > 0 && <span class="dim">{strings.refused(deniedCount)}</span>}
    </div>
  );
}

/** Release, release with a comment to Claude, or abort the worker that blocks. */
function BlockActions({ block, canAbort }: BlockCardProps): JSX.Element | null {
  const { run, session, mayAct } = usePanelActions();
  const [writing, setWriting, actions] = useWriting<HTMLDivElement>('release');
  if (!mayAct) return null;

  const release = (comment: string): void => {
    setWriting(false);
    run({ action: 'release', session, block: block.id, word: comment || undefined });
  };
  if (writing)
    return (
      <CommentForm
        label={strings.commentLabel(block.id)}
        placeholder={strings.commentPlaceholder}
        submit={strings.release}
        submitLabel={strings.releaseOf(block.id)}
        onSend={release}
        onCancel={() => setWriting(false)}
      />
    );
  const worker = shortText(block.worker, 40);
  return (
    <div class="actions" ref={actions}>
      <ReleaseButton block={block.id} variant="primary" />
      <Button
        action="release-with-comment"
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

/** Releases one block. A second click does nothing while the first one is under way. */
export function ReleaseButton({ block, variant }: { block: string; variant?: 'primary' }): JSX.Element {
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
      variant={variant}
      text={releasing ? strings.releasing : strings.release}
      label={strings.releaseOf(block)}
      onRun={release}
    />
  );
}
