import type { JSX } from 'preact';
import type { HeldCallView } from '#protocol/viewModel.ts';
import { Icon } from '#webview/components/icon.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { ListSection } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';
import { useAgentName } from './decisions/agents.ts';
import { heldWords } from './decisions/callWords.ts';
import { HeldActions, HoldEnd } from './decisions/heldActions.tsx';
import { HeldReasons, useReasonWords } from './decisions/heldReasons.tsx';
import { useKept } from './decisions/receipts.tsx';

const keyOf = ({ id }: HeldCallView): string => id;

/** The calls that wait for something that ends itself: nothing to do, but they can be let run all the same. */
export function HeldList({ calls }: { calls: readonly HeldCallView[] }): JSX.Element | null {
  return <ListSection name="waiting" items={useKept(calls, keyOf)} keyOf={keyOf} Row={HeldRow} />;
}

const HeldRow = memo(function HeldRow({ item: call }: { item: HeldCallView }): JSX.Element {
  const nameOf = useAgentName();
  const { reasonsLine } = useReasonWords();
  const words = `${nameOf(call.agent)} ${heldWords(call)}`;
  return (
    <RovingRow
      id={call.id}
      label={words}
      class="slim"
      data={{
        'data-call': call.id,
        'data-block': call.reasons[0]?.block ?? '',
        'data-blocks': call.reasons.map(({ block }) => block).join(' '),
      }}
    >
      <div class="slim-line">
        <Icon name="pause" tone="quiet" />
        <UserText text={words} class="cut grow" />
        <Age ts={call.sinceTs} text={(time) => time} class="dim" />
      </div>
      <div class="slim-text dim">
        <UserText text={reasonsLine(call)} />
      </div>
      <div class="more">
        <HeldReasons call={call} />
        <HoldEnd call={call} />
      </div>
      <div class="slim-text">
        <HeldActions of={call.id} call={call} variant="secondary" />
      </div>
    </RovingRow>
  );
});

/** What a session waits for, where one of its calls is held: `held: waits for you`. */
export function useHeldState(): (calls: readonly HeldCallView[]) => string | undefined {
  const nameOf = useAgentName();
  return (calls) => {
    const held = calls.filter(({ state, agent }) => state === 'held' && agent === undefined);
    if (held.length === 0) return undefined;
    if (held.some(({ needsYou }) => needsYou)) return strings.decision.heldForYou;
    const names = [...new Set(held.flatMap(({ reasons }) => reasons.map(({ from }) => nameOf(from))))];
    return strings.decision.heldFor(names.length > 2 ? strings.decision.workers(names.length) : names.join(', '));
  };
}
