import type { JSX } from 'preact';
import type { BoardGroup, BoardRow } from '#protocol/board.ts';
import { Button } from '#webview/components/button.tsx';
import { CommentForm, useWriting } from '#webview/components/commentForm.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { AskActions } from '#webview/panel/decisions/askActions.tsx';
import { kindOf } from '#webview/panel/decisions/callWords.ts';
import { GoToClaude } from '#webview/panel/decisions/goToClaude.tsx';
import { HeldActions, HoldEnd } from '#webview/panel/decisions/heldActions.tsx';
import { NoticeActions } from '#webview/panel/decisions/noticeActions.tsx';
import { nameOf } from './rowWords.ts';

interface RowAnswerProps {
  row: BoardRow;
  group: BoardGroup;
  /** Shows a plan. */
  onRead: () => void;
}

/** The ways to answer a row, in the row. A call that goes on by itself shows them only while the row has the focus. */
export function RowAnswer({ row, group, onRead }: RowAnswerProps): JSX.Element | null {
  const { ask, call, notice } = row;
  const name = nameOf(row);
  if (ask !== undefined && kindOf(ask).plan)
    return (
      <div class="board-answer actions">
        <Button
          action="read"
          text={strings.decision.readPlan}
          label={strings.decision.readPlanOf(name)}
          onRun={onRead}
        />
        <GoToClaude name={name} />
      </div>
    );
  if (ask !== undefined) return <div class="board-answer">{<AskActions of={row.id} ask={ask} name={name} />}</div>;
  if (call !== undefined)
    return (
      <div class={group === 'waiting' ? 'board-answer more' : 'board-answer'}>
        <HoldEnd call={call} />
        <HeldActions of={row.id} call={call} />
      </div>
    );
  if (notice !== undefined) return <div class="board-answer">{<NoticeActions of={row.id} notice={notice} />}</div>;
  if (group === 'needsYou')
    return (
      <div class="board-answer actions">
        <GoToClaude name={name} />
      </div>
    );
  return group === 'yourTurn' ? <Reply name={name} /> : null;
}

/** A reply to Claude where it reads one, else the way to its terminal. */
function Reply({ name }: { name: string }): JSX.Element {
  const { run, session, mayAct, hooked } = usePanelActions();
  const [writing, setWriting, box] = useWriting<HTMLDivElement>('reply');
  const label = strings.board.replyTo(name);
  const send = (word: string): void => {
    if (word !== '') run({ action: 'sendMessage', session, worker: 'conductor', word });
    setWriting(false);
  };
  if (writing)
    return (
      <div class="board-answer">
        <CommentForm
          label={label}
          placeholder={strings.messagePlaceholder}
          submit={strings.sendMessage}
          submitLabel={label}
          onSend={send}
          onCancel={() => setWriting(false)}
        />
      </div>
    );
  return (
    <div class="board-answer actions" ref={box}>
      {mayAct && hooked && (
        <Button action="reply" text={strings.board.reply} label={label} onRun={() => setWriting(true)} />
      )}
      {mayAct && <GoToClaude name={name} />}
    </div>
  );
}
