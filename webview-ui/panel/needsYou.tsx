import type { JSX } from 'preact';
import type { AskView, BlockView, NoticeView, WorkerView } from '#protocol/viewModel.ts';
import { ConfirmButton } from '#webview/components/button.tsx';
import { RovingList } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { AskCard } from './askCard.tsx';
import { BlockCard } from './blockCard.tsx';
import { NoticeCard } from './noticeCard.tsx';

interface NeedsYouProps {
  notices: readonly NoticeView[];
  asks: readonly AskView[];
  /** The blocks that need the person. */
  blocks: readonly BlockView[];
  /** The number of blocks that "release all" releases. */
  activeCount: number;
  workers: readonly WorkerView[];
}

/** Everything that waits for the person's decision. */
export function NeedsYou({ notices, asks, blocks, activeCount, workers }: NeedsYouProps): JSX.Element | null {
  const { session, mayAct } = usePanelActions();
  if (notices.length + asks.length + blocks.length === 0) return null;
  const abortable = new Set(workers.filter((worker) => worker.canAbort).map((worker) => worker.id));
  const keys = [
    ...asks.map((ask) => `ask:${ask.id}`),
    ...blocks.map((block) => `block:${block.id}`),
    ...notices.map((notice) => `notice:${notice.id}`),
  ];
  const releaseAll = mayAct && blocks.length > 1 && (
    <ConfirmButton
      action="release-all"
      variant="link"
      text={strings.releaseAll}
      label={strings.releaseAll}
      question={strings.confirmReleaseAll(activeCount)}
      intent={{ action: 'releaseAll', session }}
    />
  );
  return (
    <Section name="needsYou" count={keys.length} actions={releaseAll}>
      {() => (
        <RovingList label={strings.needsYou} keys={keys} class="cards">
          {asks.map((ask) => (
            <AskCard key={`ask:${ask.id}`} ask={ask} />
          ))}
          {blocks.map((block) => (
            <BlockCard key={`block:${block.id}`} block={block} canAbort={abortable.has(block.worker)} />
          ))}
          {notices.map((notice) => (
            <NoticeCard key={`notice:${notice.id}`} notice={notice} />
          ))}
        </RovingList>
      )}
    </Section>
  );
}
