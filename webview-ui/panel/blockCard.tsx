import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { BlockActions } from './blockActions.tsx';
import { EndCondition } from './endCondition.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { plainText, shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { strings } from '#webview/host/strings.ts';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';

/** A block that the person should decide about: everything needed to decide, and the buttons. */
export const BlockCard = memo(function BlockCard({
  block,
  canAbort,
}: {
  block: BlockView;
  canAbort: boolean;
}): JSX.Element {
  const label = strings.blockLabel(block.id, shortText(block.worker, 60), shortText(block.concerns, 120));
  return (
    <RovingRow id={`block:${block.id}`} label={label} class="card" data={{ 'data-block': block.id }}>
      <div class="card-head">
        <Icon name="pause" tone="attention" />
        <strong>{block.id}</strong>
        <UserText text={block.worker} class="chip" />
        <span class="dim event">{block.event}</span>
        <Age ts={block.sinceTs} text={strings.ago} class="dim end" />
      </div>
      <LongText text={block.reason} class="card-text" />
      <dl class="facts">
        <dt>{strings.concerns}</dt>
        <dd>
          <UserText text={block.concerns} />
        </dd>
        <dt>{strings.ends}</dt>
        <dd>
          <EndCondition block={block} />
        </dd>
      </dl>
      <EnforcementInfo block={block} />
      <BlockActions block={block} canAbort={canAbort} />
    </RovingRow>
  );
});

/** What the block has cost so far; a call that waits this very moment is the strongest reason to act. */
function EnforcementInfo({ block }: { block: BlockView }): JSX.Element | null {
  const { holding, deniedCount } = block;
  if (holding === undefined && deniedCount === 0) return null;
  return (
    <div class="struck">
      {holding !== undefined && (
        <span
          class="holding"
          title={holding.summary === undefined ? undefined : plainText(holding.summary.slice(0, 600))}
        >
          <Icon name="watch" />
          <Age ts={holding.sinceTs} text={(time) => strings.holding(shortText(holding.tool, 60), time)} />
        </span>
      )}
      {deniedCount > 0 && <span class="dim">{strings.refused(deniedCount)}</span>}
    </div>
  );
}
