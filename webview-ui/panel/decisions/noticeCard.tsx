import type { JSX } from 'preact';
import type { NoticeView } from '#protocol/viewModel.ts';
import { Icon, type IconName } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { useAgentName } from './agents.ts';
import { NoticeActions } from './noticeActions.tsx';

export const NOTICE_ICONS: Record<NoticeView['kind'], IconName> = {
  escalation: 'bell',
  warning: 'warning',
  plan: 'question',
  rules: 'question',
  hooks: 'disconnected',
  cycle: 'lock',
  collision: 'swap',
  log: 'warning',
  settings: 'warning',
};

interface NoticeCardProps {
  id: string;
  notice: NoticeView;
  /** `decide`: the person chooses. `failed`: something is stuck or broken. `note`: nothing to choose. */
  tone: 'decide' | 'failed' | 'note';
}

const ICON_TONES = { decide: 'decide', failed: 'bad', note: 'quiet' } as const;

/** A notice, with the buttons for it. */
export const NoticeCard = memo(function NoticeCard({ id, notice, tone }: NoticeCardProps): JSX.Element {
  const nameOf = useAgentName();
  const kind = strings.noticeKind[notice.kind];
  return (
    <RovingRow
      id={id}
      label={`${kind}: ${shortText(notice.text, 160)}`}
      class={`card ${tone}`}
      data={{ 'data-notice': notice.id }}
    >
      <div class="card-head">
        <Icon name={NOTICE_ICONS[notice.kind]} tone={ICON_TONES[tone]} />
        <strong>{kind}</strong>
        {notice.worker !== undefined && <UserText text={nameOf(notice.worker)} class="chip" />}
        {notice.ts !== undefined && <Age ts={notice.ts} text={strings.ago} class="dim end" />}
      </div>
      <LongText text={notice.text} class="card-text" />
      <NoticeActions of={id} notice={notice} />
    </RovingRow>
  );
});
