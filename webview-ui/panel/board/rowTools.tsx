import type { JSX } from 'preact';
import type { BoardRow } from '#protocol/board.ts';
import { Button } from '#webview/components/button.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { nameOf } from './rowWords.ts';

interface RowToolsProps {
  row: BoardRow;
  peeking: boolean;
  onPeek: () => void;
}

/** What can be done with every session, shown over its time while the pointer or the focus is on the row. */
export function RowTools({ row, peeking, onPeek }: RowToolsProps): JSX.Element | null {
  const { mayAct, terminal } = usePanelActions();
  const { session, pinned } = row;
  if (session === undefined) return null;
  const name = nameOf(row);
  const { board, peek } = strings;
  return (
    <span class="row-tools">
      <Button action="peek" icon="peek" text={peek.open(name)} expanded={peeking} onRun={onPeek} />
      {mayAct && terminal && (
        <Button
          action="focus-terminal"
          icon="output"
          text={board.goToClaudeOf(name)}
          intent={{ action: 'focusTerminal', session }}
        />
      )}
      <Button
        action="pin"
        icon={pinned ? 'pinned' : 'pin'}
        text={pinned ? board.unpin(name) : board.pin(name)}
        intent={{ action: 'pin', session, pinned: !pinned }}
      />
    </span>
  );
}
