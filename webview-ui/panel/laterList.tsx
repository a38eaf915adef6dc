import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { ListSection } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Countdown } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { useAgentName } from './decisions/agents.ts';
import { Answer, useAnswer, useKept } from './decisions/receipts.tsx';

/** With more blocks than this the section starts closed. */
const MAX_EXPANDED = 2;

const keyOf = ({ id }: BlockView): string => id;

/** Blocks that no call has met yet, or that only refuse what Claude has gone on from: nothing stands still because of them. */
export function LaterList({ blocks }: { blocks: readonly BlockView[] }): JSX.Element | null {
  const items = useKept(blocks, keyOf);
  return (
    <ListSection name="later" expanded={items.length <= MAX_EXPANDED} items={items} keyOf={keyOf} Row={LaterRow} />
  );
}

const LaterRow = memo(function LaterRow({ item: block }: { item: BlockView }): JSX.Element {
  const nameOf = useAgentName();
  const { id, worker, reason, concerns, endsWhen, dueTs, deniedCount } = block;
  const text = shortText(reason, 200);
  const words =
    worker === 'user' ? strings.decision.youAsked(concerns, text) : strings.decision.from(nameOf(worker), text);
  return (
    <RovingRow id={id} label={`${words} (${concerns})`} class="slim" data={{ 'data-block': id }}>
      <div class="slim-line" title={`${id} · ${shortText(concerns, 200)}`}>
        <Icon name="pause" tone="quiet" />
        <UserText text={words} class="cut grow" />
        {dueTs !== undefined && <Countdown ts={dueTs} text={strings.dueIn} over={strings.dueNow} class="dim" />}
        <ReleaseButton block={block} />
      </div>
      <div class="more">
        <div class="dim">
          <UserText text={concerns} />
          {endsWhen !== undefined && <UserText text={` · ${strings.decision.until(endsWhen)}`} />}
          {deniedCount > 0 && ` · ${strings.refused(deniedCount)}`}
        </div>
      </div>
    </RovingRow>
  );
});

/** Releases one block. */
function ReleaseButton({ block: { id, reason } }: { block: BlockView }): JSX.Element | null {
  const { session, mayAct } = usePanelActions();
  const answer = useAnswer(id);
  if (!mayAct) return null;
  return (
    <span class="row-tools">
      <Answer of={id}>
        <Button
          action="release"
          variant="link"
          text={strings.release}
          label={strings.releaseOf(id, shortText(reason, 100))}
          onRun={() => answer({ action: 'release', session, block: id }, strings.decision.released)}
        />
      </Answer>
    </span>
  );
}
