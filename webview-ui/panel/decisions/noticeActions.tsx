import type { JSX } from 'preact';
import type { Intent } from '#protocol/messages.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { UserText } from '#webview/components/text.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { useAgentName } from './agents.ts';
import { BreakLockButton } from './breakLockButton.tsx';
import { Answer, useAnswer } from './receipts.tsx';

const texts = strings.decision;

interface NoticeActionsProps {
  /** The key of its row. */
  of: string;
  notice: NoticeView;
}

/** What a person can do about a notice. */
export function NoticeActions({ of, notice }: NoticeActionsProps): JSX.Element | null {
  const { session, mayAct } = usePanelActions();
  const answer = useAnswer(of);
  const { action, dismiss, cycle } = notice;
  const intent = intentOf(notice, session);
  const showAction = intent !== undefined && (mayAct || isHarmless(intent));
  const about = shortText(notice.text, 80);
  if (!showAction && (dismiss === undefined || !mayAct) && cycle === undefined) return null;
  const dismissText = notice.kind === 'collision' ? texts.itIsFine : strings.dismiss;
  const isPlan = intent?.action === 'startPlan';
  return (
    <Answer of={of}>
      {cycle !== undefined && <Cycle cycle={cycle} />}
      <div class="actions">
        {showAction && action !== undefined && (
          <Button
            action={action}
            text={strings.noticeAction[action]}
            label={`${strings.noticeAction[action]}: ${about}`}
            variant={isPlan ? 'primary' : 'secondary'}
            intent={intent}
            onRun={isPlan ? () => answer(intent, texts.started) : undefined}
          />
        )}
        {showAction && isPlan && (
          <Button
            action="refusePlan"
            text={strings.refusePlan}
            label={`${strings.refusePlan}: ${about}`}
            onRun={() => answer({ ...intent, action: 'refusePlan' }, texts.notStarted)}
          />
        )}
        {dismiss !== undefined && mayAct && (
          <Button
            action="dismiss"
            text={dismissText}
            label={texts.from(dismissText, about)}
            onRun={() => answer({ action: 'dismiss', session, notice: dismiss }, texts.dismissed)}
          />
        )}
      </div>
    </Answer>
  );
}

/** The workers that wait for each other in a circle; each of their locks can be broken here. */
function Cycle({ cycle }: { cycle: NonNullable<NoticeView['cycle']> }): JSX.Element {
  const { mayAct } = usePanelActions();
  const nameOf = useAgentName();
  return (
    <ol class="cycle">
      {cycle.map(({ worker, resource }, index) => (
        <li key={worker} class="wrap-line">
          <UserText text={nameOf(worker)} class="chip" />
          <Icon name="arrow" tone="quiet" />
          <UserText text={resource} class="strong clamped" />
          {mayAct && (
            <BreakLockButton
              resource={resource}
              from={nameOf(cycle[(index + 1) % cycle.length]?.worker)}
              to={nameOf(worker)}
            />
          )}
        </li>
      ))}
    </ol>
  );
}

function intentOf({ action, worker, run, dismiss }: NoticeView, session: string): Intent | undefined {
  switch (action) {
    case 'openEvents':
      return { action, session };
    case 'startPlan':
      return run === undefined ? undefined : { action, session, run };
    case 'openWorkerLog':
      return worker === undefined ? undefined : { action, session, worker };
    case 'compareEdits':
      return dismiss === undefined ? undefined : { action, session, notice: dismiss };
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
