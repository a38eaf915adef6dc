import type { JSX } from 'preact';
import type { AskView } from '#protocol/viewModel.ts';
import { AskActions } from './askActions.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { strings } from '#webview/host/strings.ts';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';

/** A permission or an answer that Claude waits for in its terminal: exactly what is asked, by whom, and for how long. */
export const AskCard = memo(function AskCard({ ask }: { ask: AskView }): JSX.Element {
  const title = titleOf(ask.tool);
  const label = strings.askLabel(title, shortText(ask.tool, 60), shortText(ask.summary, 120));
  return (
    <RovingRow id={`ask:${ask.id}`} label={label} class="card" data={{ 'data-ask': ask.id }}>
      <div class="card-head">
        <Icon name="question" tone="attention" />
        <strong>{title}</strong>
        <UserText text={ask.worker ?? strings.conductor} class="chip" />
        {title === strings.permission && <UserText text={ask.tool} class="dim event" />}
        <Age ts={ask.sinceTs} text={strings.since} class="dim end" />
      </div>
      <LongText text={ask.summary} class="card-text" />
      <AskActions ask={ask} />
    </RovingRow>
  );
});

function titleOf(tool: string): string {
  if (tool === 'AskUserQuestion') return strings.question;
  return tool === 'ExitPlanMode' ? strings.planToApprove : strings.permission;
}
