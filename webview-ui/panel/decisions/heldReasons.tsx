import type { JSX } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { HeldCallView, HoldReasonView } from '#protocol/viewModel.ts';
import { Button, WideButton } from '#webview/components/button.tsx';
import { formatRemaining } from '#webview/components/duration.ts';
import { Icon } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { ExpandableText } from '#webview/components/text.tsx';
import { Countdown } from '#webview/components/time.tsx';
import { clock } from '#webview/host/clock.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { AgentsContext, useAgentName } from './agents.ts';

const texts = strings.decision;

/** So many reasons that end by themselves are shown one by one; more are one line that unfolds. */
const MAX_SINGLE = 2;

/** What a call waits for: first, in bold, what only the person ends, then what ends by itself. */
export function HeldReasons({ call }: { call: HeldCallView }): JSX.Element {
  const own = call.reasons.filter(({ needsYou }) => needsYou);
  const others = call.reasons.filter(({ needsYou }) => !needsYou);
  const [open, setOpen] = useState(false);
  const isFolded = others.length > MAX_SINGLE;
  return (
    <dl class="facts">
      <dt>{texts.waitsFor}</dt>
      <dd>
        <ul>
          {own.map((reason) => (
            <Reason key={reason.block} reason={reason} canRelease={own.length > 1 || open} />
          ))}
          {isFolded && (
            <li>
              <WideButton
                action="show-reasons"
                class="fold-line"
                title={texts.showReasons(texts.workers(others.length))}
                expanded={open}
                onRun={() => setOpen(!open)}
              >
                <Summary reasons={others} />
                <Icon name="chevron" />
              </WideButton>
            </li>
          )}
          {(!isFolded || open) &&
            others.map((reason) => <Reason key={reason.block} reason={reason} canRelease={call.reasons.length > 1} />)}
        </ul>
      </dd>
    </dl>
  );
}

function Reason({ reason, canRelease }: { reason: HoldReasonView; canRelease: boolean }): JSX.Element {
  const { session, mayAct } = usePanelActions();
  const nameOf = useAgentName();
  const { block, from, text, needsYou, stuck, ofPerson, endsWhen, dueTs } = reason;
  const shown = ofPerson === true ? texts.ofYou(text) : texts.from(nameOf(from), text);
  return (
    <li data-reason={block} title={endsWhen === undefined ? block : shortText(`${block} · ${texts.until(endsWhen)}`)}>
      <span class={needsYou ? 'strong' : undefined}>
        <ExpandableText text={shown} />
      </span>
      {dueTs !== undefined && (
        <>
          {' '}
          <Countdown ts={dueTs} text={strings.dueIn} over={texts.anyMoment} class="dim" />
        </>
      )}
      {stuck !== undefined && (
        <>
          {' '}
          <ExpandableText text={texts.stuck(stuck)} class="problem" />
        </>
      )}
      {mayAct && canRelease && (
        <Button
          action="release"
          variant="link"
          text={strings.release}
          label={strings.releaseOf(block, shortText(text, 100))}
          intent={{ action: 'release', session, block }}
        />
      )}
    </li>
  );
}

/** Several reasons that end by themselves as one: `8 of 40 workers (62%, about 10 min)`. */
function Summary({ reasons }: { reasons: readonly HoldReasonView[] }): JSX.Element {
  const agents = useContext(AgentsContext);
  const workers = [...new Set(reasons.map(({ from }) => from))];
  const shares = workers.flatMap((id) => agents.get(id)?.progress?.pct ?? []);
  const count =
    agents.size > workers.length ? texts.workersOf(workers.length, agents.size) : texts.workers(workers.length);
  const facts = [
    shares.length === 0 ? undefined : strings.percent(Math.round(shares.reduce((a, b) => a + b) / shares.length)),
    aboutTime(reasons),
  ].filter(Boolean);
  return <span>{facts.length === 0 ? count : `${count} (${facts.join(', ')})`}</span>;
}

/** About how long reasons that end by themselves will last; undefined if that is not known of each. */
function aboutTime(reasons: readonly HoldReasonView[]): string | undefined {
  const ends = reasons.map(({ etaTs }) => etaTs);
  if (ends.includes(undefined)) return undefined;
  const left = Math.max(...ends.map((ts) => ts ?? 0)) - clock.now();
  return left > 0 ? texts.about(formatRemaining(left)) : texts.anyMoment;
}

interface ReasonWords {
  /** What a call waits for. */
  waitsForOf: (call: HeldCallView) => string;
  /** The same, and for about how long. */
  reasonsLine: (call: HeldCallView) => string;
}

/** Returns the functions that give on one line why a call waits. */
export function useReasonWords(): ReasonWords {
  const nameOf = useAgentName();
  const waitsForOf = ({ reasons }: HeldCallView): string => {
    const [first] = reasons;
    if (first === undefined) return '';
    const text = shortText(first.text, 160);
    if (first.needsYou) {
      const shown = first.ofPerson === true ? texts.ofYou(text) : texts.from(nameOf(first.from), text);
      return `${texts.waitsFor} ${shown}`;
    }
    const workers = [...new Set(reasons.map(({ from }) => nameOf(from)))];
    return `${texts.waitsFor} ${workers.length > MAX_SINGLE ? texts.workers(workers.length) : workers.join(', ')}`;
  };
  const reasonsLine = (call: HeldCallView): string =>
    [waitsForOf(call), call.needsYou ? undefined : aboutTime(call.reasons)].filter(Boolean).join(' · ');
  return { waitsForOf, reasonsLine };
}
