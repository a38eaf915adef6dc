import type { JSX } from 'preact';
import type { AskView } from '#protocol/viewModel.ts';
import { Icon } from '#webview/components/icon.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { LongText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { useAgentName } from './agents.ts';
import { AskActions } from './askActions.tsx';
import { askHeading, askWords, kindOf } from './callWords.ts';

interface AskCardProps {
  id: string;
  ask: AskView;
  /** The session's name. */
  name: string;
}

/** A permission or an answer that Claude waits for. */
export const AskCard = memo(function AskCard({ id, ask, name }: AskCardProps): JSX.Element {
  const nameOf = useAgentName();
  const agent = nameOf(ask.worker);
  return (
    <RovingRow id={id} label={`${agent} ${askWords(ask)}`} class="card decide" data={{ 'data-ask': ask.id }}>
      <div class="card-head">
        <Icon name={kindOf(ask).plan ? 'log' : 'question'} tone="decide" />
        <strong class="card-title">{askHeading(agent, ask)}</strong>
        <Age ts={ask.sinceTs} text={(time) => time} class="dim end" />
      </div>
      <LongText text={ask.summary} class="card-text code" exact />
      <AskActions of={id} ask={ask} name={name} />
    </RovingRow>
  );
});
