import type { JSX } from 'preact';
import type { Intent } from '#protocol/messages.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { Icon, type IconName } from '#webview/components/icon.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { BreakLockButton } from './lockList.tsx';

const ICONS: Record<NoticeView['kind'], IconName> = {
  escalation: 'bell',
  warning: 'warning',
  plan: 'question',
  rules: 'question',
  hooks: 'disconnected',
  cycle: 'lock',
  collision: 'warning',
  log: 'warning',
  settings: 'warning',
};

/** Something that only the person can settle, with the buttons for it. */
export const NoticeCard = memo(function NoticeCard({ notice }: { notice: NoticeView }): JSX.Element {
  const { session, mayAct } = usePanelActions();
  const intent = intentOf(notice, session);
  const showAction = intent !== undefined && (mayAct || isHarmless(intent));
  const dismiss = mayAct ? notice.dismiss : undefined;
  const kind = strings.noticeKind[notice.kind];
  return (
    <RovingRow id={`notice:${notice.id}`} label={kind} class="card" data={{ 'data-notice': notice.id }}>
      <div class="card-head">
        <Icon name={ICONS[notice.kind]} tone="attention" />
        <strong>{kind}</strong>
        {notice.worker !== undefined && <UserText text={notice.worker} class="chip" />}
        {notice.ts !== undefined && <Age ts={notice.ts} text={strings.ago} class="dim end" />}
      </div>
      <LongText text={notice.text} class="card-text" />
      {notice.cycle !== undefined && <Cycle cycle={notice.cycle} />}
      {(showAction || dismiss !== undefined) && (
        <div class="actions">
          {showAction && notice.action !== undefined && (
            <Button action={notice.action} text={strings.noticeAction[notice.action]} intent={intent} />
          )}
          {showAction && intent?.action === 'startPlan' && (
            <Button action="refusePlan" text={strings.refusePlan} intent={{ ...intent, action: 'refusePlan' }} />
          )}
          {dismiss !== undefined && (
            <Button action="dismiss" text={strings.dismiss} intent={{ action: 'dismiss', session, notice: dismiss }} />
          )}
        </div>
      )}
    </RovingRow>
  );
});

/** The workers that wait for each other in a circle; each of their locks can be broken here. */
function Cycle({ cycle }: { cycle: NonNullable<NoticeView['cycle']> }): JSX.Element {
  const { mayAct } = usePanelActions();
  return (
    <ol class="cycle">
      {cycle.map(({ worker, resource }) => (
        <li key={worker} class="wrap-line">
          <UserText text={worker} class="chip" />
          <Icon name="arrow" tone="quiet" />
          <UserText text={resource} class="strong clamped" />
          {mayAct && <BreakLockButton resource={resource} />}
        </li>
      ))}
    </ol>
  );
}

function intentOf({ action, worker, run }: NoticeView, session: string): Intent | undefined {
  switch (action) {
    case 'openEvents':
      return { action, session };
    case 'startPlan':
      return run === undefined ? undefined : { action, session, run };
    case 'openWorkerLog':
      return worker === undefined ? undefined : { action, session, worker };
    case 'approveRules':
    case 'openRules':
    case 'installHooks':
    case 'openSettings':
    case 'showLog':
      return { action };
    default:
      return undefined;
  }
}

/** Whether an intent only shows something, which Restricted Mode allows. */
function isHarmless({ action }: Intent): boolean {
  return action !== 'approveRules' && action !== 'installHooks' && action !== 'startPlan';
}
