import type { JSX } from 'preact';
import type { Intent } from '#protocol/messages.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { Button, ConfirmButton } from '#webview/components/button.tsx';
import { Icon, type IconName } from '#webview/components/icon.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { strings } from '#webview/host/strings.ts';
import { LongText, UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';

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

/** Something that nobody but the person can settle, with the button that does it. */
export const NoticeCard = memo(function NoticeCard({ notice }: { notice: NoticeView }): JSX.Element {
  const { run, session, mayAct } = usePanelActions();
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
            <Button action={notice.action} text={strings.noticeAction[notice.action]} onRun={() => run(intent)} />
          )}
          {showAction && intent?.action === 'startPlan' && (
            <Button
              action="refusePlan"
              variant="secondary"
              text={strings.refusePlan}
              intent={{ ...intent, action: 'refusePlan' }}
            />
          )}
          {dismiss !== undefined && (
            <Button action="dismiss" text={strings.dismiss} intent={{ action: 'dismiss', session, notice: dismiss }} />
          )}
        </div>
      )}
    </RovingRow>
  );
});

/** Who waits for whom, round and round; each lock can be broken where it stands. */
function Cycle({ cycle }: { cycle: NonNullable<NoticeView['cycle']> }): JSX.Element {
  const { session, mayAct } = usePanelActions();
  return (
    <ol class="cycle">
      {cycle.map(({ worker, resource }) => (
        <li key={worker} class="wrap-line">
          <UserText text={worker} class="chip" />
          <Icon name="arrow" tone="quiet" />
          <UserText text={resource} class="strong" />
          {mayAct && (
            <ConfirmButton
              action="break-lock"
              variant="link"
              text={strings.breakLock}
              question={strings.confirmBreakLock(shortText(resource, 80))}
              intent={{ action: 'breakLock', session, resource }}
            />
          )}
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
    case undefined:
    default:
      return undefined;
  }
}

/** Looking is allowed in Restricted Mode too. */
function isHarmless({ action }: Intent): boolean {
  return action !== 'approveRules' && action !== 'installHooks' && action !== 'startPlan';
}
