import type { JSX } from 'preact';
import type { MergeView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import type { IconProps } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ListSection, StackedRow } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

const ICONS: Record<MergeView['state'], IconProps> = {
  conflict: { name: 'warning', tone: 'attention' },
  clean: { name: 'pass', tone: 'good' },
  unknown: { name: 'flag', tone: 'quiet' },
};
const MAX_FILES = 5;

/** The branches that would conflict though both are still worked on, and those that have to merge. */
export function MergeList({ merges }: { merges: readonly MergeView[] }): JSX.Element | null {
  return <ListSection name="merges" items={merges} keyOf={({ id }) => id} Row={MergeRow} />;
}

const MergeRow = memo(function MergeRow({ item }: { item: MergeView }): JSX.Element {
  const { id, name, state, text, ts, pos, files, more = 0 } = item;
  const { session } = usePanelActions();
  const rest = files.length - MAX_FILES + more;
  return (
    <StackedRow
      kind="merge"
      name={id}
      text={name}
      label={text.startsWith(name) ? shortText(text, 200) : `${shortText(name, 120)}, ${text}`}
      icon={ICONS[state]}
      head={ts !== undefined && <Age ts={ts} text={strings.ago} class="dim" />}
    >
      <div class="wrap-line">
        <UserText text={text} class="dim" />
      </div>
      {pos !== undefined &&
        files.slice(0, MAX_FILES).map((file, index) => (
          <div key={file} class="wrap-line">
            <Button
              action="compare-conflict"
              variant="link"
              text={shortText(file, 120)}
              label={strings.compareFile(shortText(file, 120))}
              intent={{ action: 'compareConflict', session, pos, index }}
            />
          </div>
        ))}
      {rest > 0 && <div class="wrap-line dim">{strings.moreFiles(rest)}</div>}
    </StackedRow>
  );
});
