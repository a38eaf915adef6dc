import type { JSX } from 'preact';
import { useContext, useRef, useState } from 'preact/hooks';
import type { ActivityView } from '#protocol/viewModel.ts';
import { AgentName, useNameOf } from '#webview/components/agentName.tsx';
import { Button, WideButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { formatTimeOfDay } from '#webview/components/duration.ts';
import { shortText } from '#webview/components/plainText.ts';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { SearchField } from '#webview/components/searchField.tsx';
import { Section } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { VirtualRows } from '#webview/components/virtualRows.tsx';
import { memo, useRedraw } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { UiStateContext } from '#webview/host/uiState.ts';
import { iconOf, withoutRepetition } from './activityRows.ts';

const MAX_ROWS = 10_000;

interface ActivityListProps {
  /** Newest first. */
  activity: readonly ActivityView[];
  /** Whether the log has older activity. */
  hasOlder: boolean;
}

/** The events of the log, newest first, with a search. */
export function ActivityList(props: ActivityListProps): JSX.Element {
  const { length } = props.activity;
  return (
    <Section name="activity" count={length} expanded={false}>
      {() => (length === 0 ? <p class="hint">{strings.noActivity}</p> : <Rows {...props} />)}
    </Section>
  );
}

function Rows({ activity, hasOlder }: ActivityListProps): JSX.Element {
  const ui = useContext(UiStateContext);
  const { session, older } = usePanelActions();
  const nameOf = useNameOf();
  const [filter, setFilter] = useState(ui?.filter ?? '');
  /** The newest row when the person stopped following; newer rows are hidden until they follow again. */
  const [pausedAt, setPausedAt] = useState<number>();
  const redraw = useRedraw();
  const all = useRef<readonly ActivityView[]>([]);
  const hasMore = useRef(hasOlder);
  all.current = mergeRows(activity, all.current);
  if (all.current === activity) hasMore.current = hasOlder;
  const known = pausedAt === undefined ? all.current : all.current.filter((row) => row.pos <= pausedAt);
  const query = filter.trim().toLowerCase();
  const rows = withoutRepetition(query === '' ? known : known.filter((row) => matches(row, query, nameOf)));
  const last = all.current.at(-1)?.pos ?? 0;
  const onInput = (text: string): void => {
    setFilter(text);
    if (ui) ui.filter = text;
  };
  const onOlder = (): void =>
    older(session, last, (page) => {
      if (all.current.at(-1)?.pos === last) all.current = [...all.current, ...page.rows];
      hasMore.current = page.more;
      redraw();
    });
  return (
    <>
      <div class="filters">
        <SearchField action="filter" label={strings.filter} value={filter} onInput={onInput} />
        <button
          type="button"
          class="button secondary"
          data-action="follow"
          aria-pressed={pausedAt === undefined}
          title={strings.followHint}
          onClick={() => setPausedAt(pausedAt === undefined ? (activity[0]?.pos ?? 0) : undefined)}
        >
          {pausedAt === undefined ? strings.following : strings.followNew(all.current.length - known.length)}
        </button>
      </div>
      {rows.length === 0 && <p class="hint">{strings.noMatch}</p>}
      {rows.length > 0 && (
        <RovingList label={strings.activity} keys={rows.map(keyOf)} class="activity">
          <VirtualRows
            items={rows}
            keyOf={keyOf}
            estimatedHeight={21}
            row={(row) => <ActivityRow key={row.pos} row={row} />}
          />
        </RovingList>
      )}
      {hasMore.current && all.current.length < MAX_ROWS && (
        <div class="hint">
          <Button action="older" variant="link" text={strings.older} onRun={onOlder} />
        </div>
      )}
    </>
  );
}

const keyOf = ({ pos }: ActivityView): string => String(pos);

/** The view's rows and the older ones already known, unless rows in between were missed. */
function mergeRows(shown: readonly ActivityView[], known: readonly ActivityView[]): readonly ActivityView[] {
  const from = shown.at(-1)?.pos ?? 0;
  if (from > (known[0]?.pos ?? 0)) return shown;
  return [...shown, ...known.filter(({ pos }) => pos < from)].slice(0, MAX_ROWS);
}

/** A click or Enter opens the row's line in the log. */
const ActivityRow = memo(function ActivityRow({ row }: { row: ActivityView }): JSX.Element {
  const { run, session } = usePanelActions();
  const nameOf = useNameOf();
  const open = (): void => run({ action: 'openEvents', session, pos: row.pos });
  return (
    <RovingRow
      id={String(row.pos)}
      label={shortText(`${row.worker === undefined ? '' : nameOf(row.worker)} ${row.text}`.trim(), 200)}
      class="activity-row"
      data={{ 'data-activity': String(row.pos) }}
    >
      <WideButton action="open-line" class="line-button" title={shortText(row.text, 600)} onRun={open}>
        <Icon {...iconOf(row)} />
        <span class="dim time">{row.ts === undefined ? '' : formatTimeOfDay(row.ts)}</span>
        {row.worker === undefined ? <span /> : <AgentName id={row.worker} class="dim cut" />}
        <UserText text={row.text} class="activity-text cut" />
      </WideButton>
    </RovingRow>
  );
});

function matches({ text, worker, t }: ActivityView, filter: string, nameOf: (id: string) => string): boolean {
  return [text, worker, worker && nameOf(worker), t].some((part) => part?.toLowerCase().includes(filter));
}
