import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { ReleaseButton } from './blockActions.tsx';
import { EndCondition } from './endCondition.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { UserText } from '#webview/components/text.tsx';

/** More than this stay folded until somebody wants to see them. */
const MAX_EXPANDED = 2;

/** Blocks that end by themselves: worth seeing, not worth a card. */
export function ActiveBlocks({ blocks }: { blocks: readonly BlockView[] }): JSX.Element | null {
  if (blocks.length === 0) return null;
  return (
    <Section name="waitingByDesign" count={blocks.length} expanded={blocks.length <= MAX_EXPANDED}>
      {() => (
        <RovingList label={strings.waitingByDesign} keys={blocks.map((block) => block.id)}>
          {blocks.map((block) => (
            <ActiveBlockRow key={block.id} block={block} />
          ))}
        </RovingList>
      )}
    </Section>
  );
}

const ActiveBlockRow = memo(function StandingRow({ block }: { block: BlockView }): JSX.Element {
  const { mayAct } = usePanelActions();
  const label = strings.blockLabel(block.id, shortText(block.worker, 60), shortText(block.concerns, 120));
  return (
    <RovingRow id={block.id} label={label} class="compact" data={{ 'data-block': block.id }}>
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
