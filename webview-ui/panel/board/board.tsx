import type { JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { BOARD_GROUPS, type BoardGroup, type BoardRow, type BoardView } from '#protocol/board.ts';
import type { PanelState } from '#protocol/messages.ts';
import { Button } from '#webview/components/button.tsx';
import { NextButton } from '#webview/panel/nextButton.tsx';
import { RovingArea } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { UiStateContext } from '#webview/host/uiState.ts';
import { useKept } from '#webview/panel/decisions/receipts.tsx';
import { BoardHead } from './boardHead.tsx';
import { BoardRowItem } from './boardRow.tsx';
import { matchesSearch } from './rowWords.ts';

interface BoardProps {
  board: BoardView;
  state: PanelState;
}

const keyOf = ({ id }: BoardRow): string => id;
const isOpenAtFirst = (group: BoardGroup): boolean => group !== 'done';

/** Every session of a scope in the order in which it wants the person; what needs them is answered in its row. */
export function Board({ board, state: { scope, outside, focus } }: BoardProps): JSX.Element {
  const ui = useContext(UiStateContext);
  const [query, setQuery] = useState<string>();
  const needsYou = useKept(board.groups.needsYou, keyOf);
  const groups = BOARD_GROUPS.map((name) => {
    const all = name === 'needsYou' ? needsYou : board.groups[name];
    const count = name === 'needsYou' && query === undefined ? board.needsYou : all.length;
    return { name, count, rows: query === undefined ? all : all.filter((row) => matchesSearch(row, query)) };
  }).filter(({ rows }) => rows.length > 0);
  const open = groups.filter(({ name }) => ui?.isExpanded(name, isOpenAtFirst(name)) ?? true);
  const keys = open.flatMap(({ rows }) => rows.map(keyOf));
  return (
    <>
      <BoardHead board={board} scope={scope} outside={outside} query={query} onSearch={setQuery} />
      <RovingArea keys={keys} class="board" focus={focus}>
        {groups.map(({ name, count, rows }) => (
          <Section
            key={name}
            name={name}
            count={count}
            expanded={isOpenAtFirst(name)}
            actions={name === 'needsYou' && board.needsYou > 1 && <NextButton />}
          >
            {() => (
              <div role="list" aria-label={strings[name]}>
                {rows.map((row) => (
                  <BoardRowItem key={row.id} row={row} group={name} />
                ))}
              </div>
            )}
          </Section>
        ))}
      </RovingArea>
      {groups.length === 0 && <p class="hint">{query === undefined ? strings.board.empty : strings.noMatch}</p>}
      {outside > 0 && scope === 'window' && (
        <div class="hint">
          <Button
            action="show-everywhere"
            variant="link"
            text={strings.board.outside(outside)}
            intent={{ action: 'setScope', scope: 'everywhere' }}
          />
        </div>
      )}
    </>
  );
}
