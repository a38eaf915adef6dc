import type { JSX } from 'preact';
import type { HeldCallView } from '#protocol/viewModel.ts';
import { Icon } from '#webview/components/icon.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { LongText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { useAgentName } from './agents.ts';
import { heldWords, wantsHeading } from './callWords.ts';
import { HeldActions, HoldEnd } from './heldActions.tsx';
import { HeldReasons } from './heldReasons.tsx';

/** A call that waits for the person: first what Claude wants, then why it has to wait, then the ways out. */
export const HeldCard = memo(function HeldCard({ id, call }: { id: string; call: HeldCallView }): JSX.Element {
  const nameOf = useAgentName();
  const { tool, summary, agent, sinceTs, reasons } = call;
  const isStuck = reasons.some(({ stuck }) => stuck !== undefined);
  const heading = tool === undefined ? strings.decision.pending : wantsHeading(nameOf(agent), { tool });
  return (
    <RovingRow
      id={id}
      label={`${nameOf(agent)} ${heldWords(call)}`}
      class={`card ${isStuck ? 'failed' : 'decide'}`}
      data={{
        'data-call': call.id,
        'data-block': call.reasons[0]?.block ?? '',
        'data-blocks': reasons.map(({ block }) => block).join(' '),
      }}
    >
      <div class="card-head">
        <Icon name="pause" tone={isStuck ? 'bad' : 'decide'} />
        <strong class="card-title">{heading}</strong>
        <Age ts={sinceTs} text={(time) => time} class="dim end" />
      </div>
      {tool !== undefined && summary !== undefined && <LongText text={summary} class="card-text code" exact />}
      <HeldReasons call={call} />
      <HoldEnd call={call} />
      <HeldActions of={id} call={call} />
    </RovingRow>
  );
});
