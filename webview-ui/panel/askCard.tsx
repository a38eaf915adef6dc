import type { JSX } from 'preact';
import type { AskView } from '#protocol/viewModel.ts';
import { Button, usePending } from '#webview/components/button.tsx';
import { CommentForm, useWriting } from '#webview/components/commentForm.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

/** A permission or an answer that Claude waits for in its terminal. */
export const AskCard = memo(function AskCard({ ask }: { ask: AskView }): JSX.Element {
  const title = titleOf(ask.tool);
  const label = strings.askLabel(title, shortText(ask.tool, 60), shortText(ask.summary, 120));
  return (
    <RovingRow id={`ask:${ask.id}`} label={label} class="card" data={{ 'data-ask': ask.id }}>
      <div class="card-head">
        <Icon name="question" tone="attention" />
        <strong>{title}</strong>
        <UserText text={ask.worker ?? strings.conductor} class="chip" />
        {title === strings.permission && <UserText text={ask.tool} class="dim" />}
        <Age ts={ask.sinceTs} text={strings.since} class="dim end" />
      </div>
      <LongText text={ask.summary} class="card-text" exact />
      <AskActions ask={ask} />
    </RovingRow>
  );
});

function titleOf(tool: string): string {
  if (tool === 'AskUserQuestion') return strings.question;
  return tool === 'ExitPlanMode' ? strings.planToApprove : strings.permission;
}

/** Allow, deny, or deny with a comment to Claude; a hint if it can only be answered in the terminal. */
function AskActions({ ask }: { ask: AskView }): JSX.Element | null {
  const { run, session, mayAct, past } = usePanelActions();
  const [writing, setWriting, buttons] = useWriting<HTMLDivElement>('allow');
  const [answering, setAnswering] = usePending();
  if (past) return null;
  if (!mayAct || ask.answerable !== true) return <p class="dim">{strings.askWhere}</p>;

  const answer = (decision: 'allow' | 'deny', comment?: string): void => {
    if (answering) return;
    setWriting(false);
    setAnswering();
    run({ action: 'answerPermission', session, ask: ask.id, decision, word: comment || undefined });
  };
  const summary = shortText(`${ask.tool} ${ask.summary}`, 60);
  if (writing)
    return (
      <CommentForm
        label={strings.denyCommentLabel(summary)}
        placeholder={strings.commentPlaceholder}
        submit={strings.deny}
        submitLabel={strings.denyOf(summary)}
        onSend={(comment) => answer('deny', comment)}
        onCancel={() => setWriting(false)}
      />
    );
  return (
    <div class="actions" ref={buttons}>
      <Button
        action="allow"
        variant="primary"
        text={answering ? strings.answering : strings.allow}
        label={strings.allowOf(summary)}
        onRun={() => answer('allow')}
      />
      <Button action="deny" text={strings.deny} label={strings.denyOf(summary)} onRun={() => answer('deny')} />
      <Button
        action="deny-with-comment"
        text={strings.denyWithComment}
        label={strings.denyWithCommentOf(summary)}
        onRun={() => setWriting(true)}
      />
    </div>
  );
}
