import type { JSX } from 'preact';
import type { AskView } from '../../src/protocol/viewModel.ts';
import { Button, usePending } from '../parts/button.tsx';
import { useAsking } from '../host/intents.ts';
import { shortText } from '../parts/plainText.ts';
import { strings } from '../strings.ts';
import { useWriting, WordForm } from '../parts/wordForm.tsx';

/** Allow, deny, or deny with a word to Claude; where it can only be answered in the terminal, that is said. */
export function AskActions({ ask }: { ask: AskView }): JSX.Element | null {
  const { run, session, mayAct, past } = useAsking();
  const [writing, setWriting, buttons] = useWriting<HTMLDivElement>('allow');
  const [answering, setAnswering] = usePending();
  if (past) return null;
  if (!mayAct || ask.answerable !== true) return <p class="dim">{strings.askWhere}</p>;

  const answer = (decision: 'allow' | 'deny', word?: string): void => {
    if (answering) return;
    setWriting(false);
    setAnswering();
    run({ action: 'answerPermission', session, ask: ask.id, decision, ...(word ? { word } : {}) });
  };
  const what = shortText(`${ask.tool} ${ask.summary}`, 60);
  if (writing)
    return (
      <WordForm
        label={strings.denyWordLabel(what)}
        placeholder={strings.wordPlaceholder}
        send={strings.deny}
        sendLabel={strings.denyOf(what)}
        onSend={(word) => answer('deny', word)}
        onCancel={() => setWriting(false)}
      />
    );
  return (
    <div class="actions" ref={buttons}>
      <Button
        action="allow"
        look="primary"
        text={answering ? strings.answering : strings.allow}
        label={strings.allowOf(what)}
        onRun={() => answer('allow')}
      />
      <Button action="deny" text={strings.deny} label={strings.denyOf(what)} onRun={() => answer('deny')} />
      <Button
        action="deny-word"
        text={strings.denyWithWord}
        label={strings.denyWithWordOf(what)}
        onRun={() => setWriting(true)}
      />
    </div>
  );
}
