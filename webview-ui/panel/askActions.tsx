import type { JSX } from 'preact';
import type { AskView } from '#protocol/viewModel.ts';
import { Button, usePending } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';
import { useWriting, CommentForm } from '#webview/components/commentForm.tsx';

/** Allow, deny, or deny with a word to Claude; where it can only be answered in the terminal, that is said. */
export function AskActions({ ask }: { ask: AskView }): JSX.Element | null {
  const { run, session, mayAct, past } = usePanelActions();
  const [writing, setWriting, buttons] = useWriting<HTMLDivElement>('allow');
  const [answering, setAnswering] = usePending();
  if (past) return null;
  if (!mayAct || ask.answerable !== true) return <p class="dim">{strings.askWhere}</p>;

  const answer = (decision: 'allow' | 'deny', comment?: string): void => {
    if (answering) return;
    setWriting(false);
    setAnswering();
    run({ action: 'answerPermission', session, ask: ask.id, decision, ...(comment ? { word: comment } : {}) });
  };
  const summary = shortText(`${ask.tool} ${ask.summary}`, 60);
  if (writing)
    return (
      <CommentForm
        label={strings.denyCommentLabel(summary)}
        placeholder={strings.commentPlaceholder}
        send={strings.deny}
        sendLabel={strings.denyOf(summary)}
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
        action="deny-word"
        text={strings.denyWithComment}
        label={strings.denyWithCommentOf(summary)}
        onRun={() => setWriting(true)}
      />
    </div>
  );
}
