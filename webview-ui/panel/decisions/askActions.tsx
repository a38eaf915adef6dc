import type { JSX } from 'preact';
import type { AskView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { CommentForm, useWriting } from '#webview/components/commentForm.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { kindOf } from './callWords.ts';
import { GoToClaude } from './goToClaude.tsx';
import { Answer, useAnswer } from './receipts.tsx';

const texts = strings.decision;

interface AskActionsProps {
  /** The key of its row. */
  of: string;
  ask: AskView;
  /** The session's name. */
  name: string;
}

/** Allow, deny, or deny with a word to Claude. What can only be answered in Claude's terminal leads there. */
export function AskActions({ of, ask, name }: AskActionsProps): JSX.Element | null {
  const { mayAct, past, hooked } = usePanelActions();
  const { question, plan } = kindOf(ask);
  if (past) return null;
  if (mayAct && ask.answerable === true) return <Permission of={of} ask={ask} />;
  if (!mayAct) return <p class="dim">{strings.askWhere}</p>;
  return (
    <div class="actions">
      <GoToClaude name={name} />
      {hooked && !question && !plan && (
        <Button
          action="answer-here"
          variant="link"
          text={texts.answerHere}
          label={`${texts.answerHere}. ${texts.answerHereTitle}`}
          intent={{ action: 'answerHere' }}
        />
      )}
    </div>
  );
}

function Permission({ of, ask }: Omit<AskActionsProps, 'name'>): JSX.Element {
  const { session } = usePanelActions();
  const [writing, setWriting, buttons] = useWriting<HTMLDivElement>('allow');
  const send = useAnswer(of);
  const answer = (decision: 'allow' | 'deny', comment?: string): void => {
    setWriting(false);
    send(
      { action: 'answerPermission', session, ask: ask.id, decision, word: comment || undefined },
      decision === 'allow' ? texts.allowed : texts.denied,
    );
  };
  const summary = shortText(`${ask.tool} ${ask.summary}`, 60);
  return (
    <Answer of={of}>
      {writing ? (
        <CommentForm
          label={strings.denyCommentLabel(summary)}
          placeholder={strings.commentPlaceholder}
          submit={strings.deny}
          submitLabel={strings.denyOf(summary)}
          onSend={(comment) => answer('deny', comment)}
          onCancel={() => setWriting(false)}
        />
      ) : (
        <div class="actions" ref={buttons}>
          <Button
            action="allow"
            variant="primary"
            text={strings.allow}
            label={strings.allowOf(summary)}
            onRun={() => answer('allow')}
          />
          <Button action="deny" text={strings.deny} label={strings.denyOf(summary)} onRun={() => answer('deny')} />
          <Button
            action="deny-and-say"
            text={texts.denyWithWord}
            label={texts.denyWithWordOf(summary)}
            onRun={() => setWriting(true)}
          />
        </div>
      )}
    </Answer>
  );
}
