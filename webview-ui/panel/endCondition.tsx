import type { JSX } from 'preact';
import type { BlockView } from '#protocol/viewModel.ts';
import { strings } from '#webview/host/strings.ts';
import { UserText } from '#webview/components/text.tsx';
import { Countdown } from '#webview/components/time.tsx';

/** What ends a block without the person; that nothing does is said as well. */
export function EndCondition({ block }: { block: Pick<BlockView, 'endsWhen' | 'dueTs'> }): JSX.Element {
  const { endsWhen, dueTs } = block;
  if (endsWhen === undefined && dueTs === undefined) return <>{strings.endsOnlyByYou}</>;
  return (
    <>
      {endsWhen !== undefined && <UserText text={strings.endsWhen(endsWhen)} />}
      {endsWhen !== undefined && dueTs !== undefined && ` ${strings.or} `}
      {dueTs !== undefined && <Countdown ts={dueTs} text={strings.dueIn} over={strings.dueNow} />}
    </>
  );
}
