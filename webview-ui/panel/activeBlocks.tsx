import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { ListSection } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { EndCondition, labelOf, ReleaseButton } from './blockCard.tsx';

/** With more blocks than this the section starts closed. */
const MAX_EXPANDED = 2;

/** Blocks that end by themselves: they need a row, but no card. */
export function ActiveBlocks({ blocks }: { blocks: readonly BlockView[] }): JSX.Element | null {
  return (
    <ListSection
      name="waitingByDesign"
      expanded={blocks.length <= MAX_EXPANDED}
      items={blocks}
      keyOf={({ id }) => id}
      Row={ActiveBlockRow}
    />
  );
}

const ActiveBlockRow = memo(function ActiveBlockRow({ item: block }: { item: BlockView }): JSX.Element {
  const { mayAct } = usePanelActions();
  return (
    <RovingRow id={block.id} label={labelOf(block)} class="compact" data={{ 'data-block': block.id }}>
      <Icon name="pause" tone="quiet" />
      <div class="compact-body" title={shortText(block.reason, 600)}>
        <div class="line">
          <strong>{block.id}</strong>
          <UserText text={block.worker} class="chip" />
          <UserText text={block.concerns} class="cut" />
        </div>
        <div class="dim line">
          <span class="cut">
            {strings.ends} <EndCondition block={block} />
          </span>
        </div>
      </div>
      {mayAct && <ReleaseButton block={block.id} />}
    </RovingRow>
  );
});
