import type { JSX } from 'preact';
import type { Intent } from '../../src/protocol/messages.ts';
import type { NoticeView } from '../../src/protocol/viewModel.ts';
import { Button, ConfirmButton } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import type { IconName } from '../parts/icon.tsx';
import { useAsking } from '../host/intents.ts';
import { shortText } from '../parts/plainText.ts';
import { pure } from '../parts/pure.ts';
import { RovingRow } from '../parts/rovingList.tsx';
import { strings } from '../strings.ts';
import { LongText, Said } from '../parts/text.tsx';
import { Age } from '../parts/time.tsx';

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
export const NoticeCard = pure(function NoticeCard({ notice }: { notice: NoticeView }): JSX.Element {
  const { run, session, mayAct } = useAsking();
  const intent = intentOf(notice, session);
  const acts = intent !== undefined && (mayAct || isHarmless(intent));
  const dismiss = mayAct ? notice.dismiss : undefined;
  const kind = strings.noticeKind[notice.kind];
  return (
    <RovingRow id={`notice:${notice.id}`} label={kind} class="card" data={{ 'data-notice': notice.id }}>
      <div class="card-head">
        <Icon name={ICONS[notice.kind]} tone="attention" />
        <strong>{kind}</strong>
        {notice.worker !== undefined && <Said text={notice.worker} class="chip" />}
        {notice.ts !== undefined && <Age ts={notice.ts} text={strings.ago} class="dim end" />}
      </div>
      <LongText text={notice.text} class="card-text" />
      {notice.cycle !== undefined && <Cycle cycle={notice.cycle} />}
      {(acts || dismiss !== undefined) && (
        <div class="actions">
          {acts && notice.action !== undefined && (
            <Button action={notice.action} text={strings.noticeAction[notice.action]} onRun={() => run(intent)} />
          )}
          {acts && intent?.action === 'startPlan' && (
            <Button
              action="refusePlan"
              look="secondary"
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
  const { session, mayAct } = useAsking();
  return (
    <ol class="cycle">
      {cycle.map(({ worker, resource }) => (
        <li key={worker} class="wrap-line">
          <Said text={worker} class="chip" />
          <Icon name="arrow" tone="quiet" />
          <Said text={resource} class="strong" />
          {mayAct && (
            <ConfirmButton
              action="break-lock"
              look="link"
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
