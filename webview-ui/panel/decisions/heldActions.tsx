import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { HeldCallView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { CommentForm, useWriting } from '#webview/components/commentForm.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { Countdown } from '#webview/components/time.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { heldWords } from './callWords.ts';
import { Answer, useAnswer } from './receipts.tsx';

const texts = strings.decision;

interface HeldActionsProps {
  /** The key of its row. */
  of: string;
  call: HeldCallView;
  /** `primary`: it is what the person is asked for. */
  variant?: 'primary' | 'secondary';
}

/** Lets a held call run or refuses it, with a word to Claude or without one. */
export function HeldActions({ of, call, variant = 'primary' }: HeldActionsProps): JSX.Element | null {
  const { session, mayAct } = usePanelActions();
  const [writing, setWriting, box] = useWriting<HTMLDivElement>('let-run');
  const [refusing, setRefusing] = useState(false);
  const [more, setMore] = useState(false);
  const answer = useAnswer(of);
  if (!mayAct) return null;
  const what = shortText(heldWords(call), 80);
  const letRun = (comment?: string): void => {
    setWriting(false);
    answer({ action: 'letRun', session, call: call.id, word: comment || undefined }, doneText(call), {
      intent: { action: 'holdAgain', session, call: call.id },
      text: texts.undo,
      label: texts.undoOf(what),
      done: texts.undone,
    });
  };
  const allowed = call.reasons.flatMap(({ allow }) => allow?.sum ?? []);
  const allowMore = (): void => answer({ action: 'allowMore', session, call: call.id }, texts.allowed);
  // Claude has been told at once: nothing takes that back, but the call may still run
  const refuse = (comment?: string): void => {
    setWriting(false);
    answer({ action: 'denyCall', session, call: call.id, word: comment || undefined }, texts.wasRefused, {
      intent: { action: 'letRun', session, call: call.id },
      text: texts.runAfterAll,
      label: texts.runAfterAllOf(what),
      done: texts.ranAfterAll,
    });
  };
  const write = (isRefusal: boolean): void => {
    setRefusing(isRefusal);
    setWriting(true);
  };
  const submit = refusing ? texts.refuse : texts.letRun;
  return (
    <Answer of={of}>
      {writing ? (
        <CommentForm
          label={texts.wordWith(what)}
          placeholder={strings.commentPlaceholder}
          submit={submit}
          submitLabel={texts.from(submit, what)}
          onSend={refusing ? refuse : letRun}
          onCancel={() => setWriting(false)}
        />
      ) : (
        <div class="actions" ref={box}>
          {allowed.length > 0 && (
            <Button
              action="allow-more"
              variant={variant}
              text={texts.allowMore(allowed.join(', '))}
              label={texts.from(texts.allowMore(allowed.join(', ')), what)}
              onRun={allowMore}
            />
          )}
          <Button
            action="let-run"
            variant={allowed.length > 0 ? 'secondary' : variant}
            text={runText(call)}
            label={texts.from(runText(call), what)}
            onRun={() => letRun()}
          />
          <Button
            action="let-run-and-say"
            text={texts.letRunWithWord}
            label={texts.letRunWithWordOf(what)}
            onRun={() => write(false)}
          />
          {call.canDeny === true && (
            <>
              <Button action="deny-call" text={texts.refuse} label={texts.refuseOf(what)} onRun={() => refuse()} />
              <Button
                action="more-answers"
                icon="more"
                text={texts.moreAnswers(what)}
                expanded={more}
                onRun={() => setMore(!more)}
              />
              {more && (
                <Button
                  action="deny-call-and-say"
                  text={texts.refuseWithWord}
                  label={texts.refuseWithWordOf(what)}
                  onRun={() => write(true)}
                />
              )}
            </>
          )}
        </div>
      )}
    </Answer>
  );
}

function runText({ state, tool }: HeldCallView): string {
  if (tool === undefined) return strings.release;
  return state === 'refused' ? texts.letRunAgain : texts.letRun;
}

const doneText = ({ tool }: HeldCallView): string => (tool === undefined ? texts.released : texts.ran);

/** Until when the call is held, and whether that is over. */
export function HoldEnd({ call: { state, tool, givesUpTs, gaveUp } }: { call: HeldCallView }): JSX.Element | null {
  if (givesUpTs !== undefined && state === 'held')
    return (
      <Countdown
        ts={givesUpTs}
        text={strings.decision.givesUpIn}
        over={strings.decision.givesUpNow}
        class="dim block"
      />
    );
  if (state !== 'refused' || tool === undefined) return null;
  return <div class="dim">{gaveUp === true ? texts.gaveUp : texts.refused}</div>;
}
