import type { JSX } from 'preact';
import type { FormerHolderView, LockView } from '#protocol/viewModel.ts';
import { ConfirmButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { LabeledLine } from '#webview/components/labeledLine.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { UserText, ExpandableText } from '#webview/components/text.tsx';
import { Age, Countdown } from '#webview/components/time.tsx';

/** Who may touch what, and who is next. */
export function LockList({ locks }: { locks: readonly LockView[] }): JSX.Element | null {
  if (locks.length === 0) return null;
  return (
    <Section name="locks" count={locks.length}>
      {() => (
        <RovingList label={strings.locks} keys={locks.map((lock) => lock.resource)}>
          {locks.map((lock) => (
            <LockRow key={lock.resource} lock={lock} />
          ))}
        </RovingList>
      )}
    </Section>
  );
}

const LockRow = memo(function LockRow({ lock }: { lock: LockView }): JSX.Element {
  const { session, mayAct } = usePanelActions();
  const resource = shortText(lock.resource, 80);
  return (
    <RovingRow id={lock.resource} label={resource} class="stacked" data={{ 'data-lock': lock.resource }}>
      <Icon name="lock" tone={lock.holders.length > 0 ? 'active' : 'quiet'} />
      <div class="stacked-body">
        <div class="wrap-line">
          <UserText text={lock.resource} class="strong" />
          <span class="dim">
            {lock.holders.length === 0 ? strings.free : lock.mode === 'shared' ? strings.shared : strings.exclusive}
          </span>
          {mayAct && lock.holders.length > 0 && (
            <span class="end">
              <ConfirmButton
                action="break-lock"
                variant="link"
                text={strings.breakLock}
                question={strings.confirmBreakLock(resource)}
                intent={{ action: 'breakLock', session, resource: lock.resource }}
              />
            </span>
          )}
        </div>
        {lock.holders.map((holder) => (
          <LabeledLine key={holder.token} text={strings.heldBy}>
            <UserText text={holder.worker} class="chip" />
            <Age ts={holder.sinceTs} text={strings.since} class="dim" />
            {holder.dueTs !== undefined && (
              <Countdown ts={holder.dueTs} text={strings.leaseEnds} over={strings.leaseOver} class="dim" />
            )}
            <span class="dim">{strings.token(holder.token)}</span>
          </LabeledLine>
        ))}
        {lock.waiters.length > 0 && <Waiters lock={lock} />}
        {lock.former.map((former) => (
          <FormerHolder key={former.token} former={former} />
        ))}
      </div>
    </RovingRow>
  );
});

/** Who had it until it was broken or its lease ran out: it may still write, and must hear that it may not. */
function FormerHolder({ former: { worker, token, why, ts, told } }: { former: FormerHolderView }): JSX.Element {
  return (
    <LabeledLine text={strings.lostBy} data={{ 'data-former': worker }}>
      <UserText text={worker} class="chip" />
      <ExpandableText text={why} />
      <Age ts={ts} text={strings.ago} class="dim" />
      <span class="dim">{strings.token(token)}</span>
      <span class={told ? 'dim' : 'untold'}>{told ? strings.notified : strings.notNotified}</span>
    </LabeledLine>
  );
}

function Waiters({ lock }: { lock: LockView }): JSX.Element {
  return (
    <LabeledLine text={strings.next}>
      <ol class="waiters">
        {lock.waiters.map(({ worker, sinceTs, mode }) => (
          <li key={`${worker}:${sinceTs}`}>
            <UserText text={worker} class="chip" /> {mode === 'shared' && <span class="dim">{strings.shared} </span>}
            <Age ts={sinceTs} text={strings.since} class="dim" />
          </li>
        ))}
      </ol>
    </LabeledLine>
  );
}
