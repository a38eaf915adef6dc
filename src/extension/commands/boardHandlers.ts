import * as vscode from 'vscode';
import type { BoardRow } from '#protocol/board.ts';
import { VIEWS } from '#extension/base/ids.ts';
import type { CommandHandler, CommandSources } from './command.ts';

type BoardSources = Pick<CommandSources, 'selection' | 'replays' | 'choices' | 'scope' | 'board'>;

/** The commands of the Board itself; what a person decides in one of its rows is a command of that session. */
export function boardHandlers({
  selection,
  replays,
  choices,
  scope,
  board,
}: BoardSources): Record<
  'showBoard' | 'answerHere' | 'setScope' | 'pin' | 'board' | 'next' | 'lessNews',
  CommandHandler
> {
  /** Where a single session lives, its own panel has its decisions on top. */
  const goTo = async (row: BoardRow | undefined): Promise<void> => {
    replays.close();
    selection.leave();
    if (row !== undefined) choices.focusRow(row.id);
    await vscode.commands.executeCommand(`${VIEWS.panel}.focus`);
  };
  return {
    showBoard: () => {
      replays.close();
      selection.chooseBoard();
    },
    setScope: (target) => scope.set(target.scope === 'everywhere' ? 'everywhere' : 'window'),
    pin: ({ session, pinned = true }) => {
      if (session !== undefined) choices.pin(session, pinned);
    },
    board: (target) => {
      const { needsYou } = board().groups;
      return goTo(needsYou.find(({ id }) => id === target.row) ?? needsYou[0]);
    },
    lessNews: async ({ kind = '' }) => (await import('#extension/status/lessNews.ts')).askForLess(kind),
    next: ({ row = choices.focus?.row }) => goTo(rowAfter(queueOf(board().groups), row)),
    answerHere: async () => {
      const config = vscode.workspace.getConfiguration('fermata');
      await config.update('permissions', 'answer', vscode.ConfigurationTarget.Global);
      void vscode.window.showInformationMessage(
        vscode.l10n.t('Claude’s next permission requests can be answered in the panel, or as before in its terminal.'),
      );
    },
  };
}

/** What needs the person; only where there is none of it, the turns that they have not seen. */
const queueOf = ({ needsYou, yourTurn }: ReturnType<BoardSources['board']>['groups']): readonly BoardRow[] =>
  needsYou.length > 0 ? needsYou : yourTurn;

/** The row after another one, and after the last the first again. */
export function rowAfter(rows: readonly BoardRow[], id: string | undefined): BoardRow | undefined {
  return rows[(rows.findIndex((row) => row.id === id) + 1) % rows.length];
}
