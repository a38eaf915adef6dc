import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { BoardView } from '#protocol/board.ts';
import type { PanelState } from '#protocol/messages.ts';
import { Button } from '#webview/components/button.tsx';
import { SearchField } from '#webview/components/searchField.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

interface BoardHeadProps extends Pick<PanelState, 'scope' | 'outside'> {
  board: BoardView;
  /** Undefined while the person does not search. */
  query: string | undefined;
  onSearch: (query: string | undefined) => void;
}

/** Whose sessions are on the Board, a search in them, and one more. */
export function BoardHead({ board, scope, outside, query, onSearch }: BoardHeadProps): JSX.Element {
  const { run } = usePanelActions();
  const { title, scopes } = strings.board;
  const counts = { window: board.live, everywhere: scope === 'window' ? board.live + outside : board.live };
  return (
    <header class="board-head">
      <h1 class="visually-hidden">{title}</h1>
      <div class="board-bar">
        <select
          class="select scope"
          data-action="scope"
          aria-label={strings.board.scope}
          value={scope}
          onChange={(event) => run({ action: 'setScope', scope: event.currentTarget.value as PanelState['scope'] })}
        >
          {(['window', 'everywhere'] as const).map((each) => (
            <option key={each} value={each}>
              {each === scope || each === 'everywhere' ? scopes[each](counts[each]) : strings.board.thisWindow}
            </option>
          ))}
        </select>
        <span class="end row-tools-shown">
          <Button
            action="search"
            icon="search"
            text={strings.board.search}
            expanded={query !== undefined}
            onRun={() => onSearch(query === undefined ? '' : undefined)}
          />
          <Button action="new-session" icon="add" text={strings.board.newSession} intent={{ action: 'newSession' }} />
        </span>
      </div>
      {query !== undefined && <Search query={query} onSearch={onSearch} />}
    </header>
  );
}

function Search({ query, onSearch }: { query: string; onSearch: (query: string | undefined) => void }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => box.current?.querySelector('input')?.focus(), []);
  return (
    <div
      ref={box}
      onKeyDown={(event) => {
        if (event.key === 'Escape' && query === '') onSearch(undefined);
      }}
    >
      <SearchField action="search-board" label={strings.board.search} value={query} onInput={onSearch} />
    </div>
  );
}
