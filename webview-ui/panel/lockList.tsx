import type { JSX } from 'preact';
import type { FormerHolderView, LockView } from '#protocol/viewModel.ts';
import { AgentName, useNameOf } from '#webview/components/agentName.tsx';
import { MachineChip } from '#webview/components/machineChip.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { LabeledLine, ListSection, StackedRow } from '#webview/components/section.tsx';
import { ExpandableText } from '#webview/components/text.tsx';
import { Age, Countdown } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { BreakLockButton } from './decisions/breakLockButton.tsx';

/** The locks: their holders, and the queue of each. */
export function LockList({ locks }: { locks: readonly LockView[] }): JSX.Element | null {
  return <ListSection name="locks" items={locks} keyOf={({ resource }) => resource} Row={LockRow} />;
}

const LockRow = memo(function LockRow({ item }: { item: LockView }): JSX.Element {
  const { mayAct } = usePanelActions();
  const nameOf = useNameOf();
  const { resource, mode, holders, waiters, former } = item;
  const isHeld = holders.length > 0;
  return (
    <StackedRow
      kind="lock"
      name={resource}
      label={shortText(resource, 80)}
      icon={{ name: 'lock', tone: isHeld ? 'active' : 'quiet' }}
      head={
        <>
          <span class="dim">{!isHeld ? strings.free : mode === 'shared' ? strings.shared : strings.exclusive}</span>
          {isHeld && mayAct && (
            <span class="end">
              <BreakLockButton
                resource={resource}
                from={holders.map(({ worker }) => nameOf(worker)).join(', ')}
                to={waiters[0] && nameOf(waiters[0].worker)}
              />
            </span>
          )}
        </>
      }
    >
      {holders.map((holder) => (
        <LabeledLine key={holder.token} label={strings.heldBy} title={strings.token(holder.token)}>
          <AgentName id={holder.worker} />
          <MachineChip machine={holder.machine} />
          <Age ts={holder.sinceTs} text={strings.since} class="dim" />
          {holder.dueTs !== undefined && (
            <Countdown ts={holder.dueTs} text={strings.leaseEnds} over={strings.leaseOver} class="dim" />
          )}
        </LabeledLine>
      ))}
      {waiters.length > 0 && <Waiters waiters={waiters} />}
      {former.map((holder) => (
        <FormerHolder key={holder.token} holder={holder} />
      ))}
    </StackedRow>
  );
});

/** A worker whose lock was broken or whose lease ended. It may still write until it has been notified. */
function FormerHolder({ holder }: { holder: FormerHolderView }): JSX.Element {
  const { worker, token, why, ts, told: notified } = holder;
  return (
    <LabeledLine label={strings.lostBy} title={strings.token(token)} data={{ 'data-former': worker }}>
      <AgentName id={worker} />
      <ExpandableText text={why} />
      <Age ts={ts} text={strings.ago} class="dim" />
      <span class={notified ? 'dim' : 'tone-attention'}>{notified ? strings.notified : strings.notNotified}</span>
    </LabeledLine>
  );
}

function Waiters({ waiters }: Pick<LockView, 'waiters'>): JSX.Element {
  return (
    <LabeledLine label={strings.next}>
      <ol class="waiters">
        {waiters.map(({ worker, sinceTs, mode, machine }) => (
          <li key={`${worker}:${sinceTs}`}>
            <AgentName id={worker} /> <MachineChip machine={machine} />{' '}
            {mode === 'shared' && <span class="dim">{strings.shared} </span>}
            <Age ts={sinceTs} text={strings.since} class="dim" />
          </li>
        ))}
      </ol>
    </LabeledLine>
  );
}
