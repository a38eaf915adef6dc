import type { JSX } from 'preact';
import type { DecisionView, ViewModel } from '#protocol/viewModel.ts';
import { ConfirmButton } from '#webview/components/button.tsx';
import { Icon } from '#webview/components/icon.tsx';
import type { FocusRequest } from '#webview/components/rovingFocus.ts';
import { RovingArea, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { Age } from '#webview/components/time.tsx';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { AskCard } from './decisions/askCard.tsx';
import { GoToClaude } from './decisions/goToClaude.tsx';
import { HeldCard } from './decisions/heldCard.tsx';
import { NextButton } from './nextButton.tsx';
import { NoticeCard } from './decisions/noticeCard.tsx';
import { useKept } from './decisions/receipts.tsx';

interface NeedsYouProps {
  view: ViewModel;
  /** The decision that gets the keyboard focus. */
  focus: FocusRequest | undefined;
}

/** A decision with what it is about, so that its card can stay for a moment after it was made. */
interface Item {
  id: string;
  decision: DecisionView;
  view: ViewModel;
}

const keyOf = ({ id }: Item): string => id;

/** Everything that waits for the person's decision, the most urgent first. */
export function NeedsYou({ view, focus }: NeedsYouProps): JSX.Element | null {
  const { mayAct, past } = usePanelActions();
  const { session, decisions } = view;
  const items = useKept(
    decisions.map((decision): Item => ({ id: `${session.id} ${decision.kind} ${decision.id}`, decision, view })),
    keyOf,
  );
  if (items.length === 0) return null;
  const active = view.blocks.filter(({ cleared }) => cleared === undefined);
  const releaseAll = mayAct && decisions.filter(({ kind }) => kind === 'call').length > 1 && (
    <ConfirmButton
      action="release-all"
      variant="link"
      text={strings.releaseAll}
      label={strings.releaseAll}
      question={strings.confirmReleaseAll(active.length)}
      intent={{ action: 'releaseAll', session: session.id }}
    />
  );
  const actions = !past && decisions.length > 1 && (
    <>
      <NextButton />
      {releaseAll}
    </>
  );
  return (
    <RovingArea keys={items.map(keyOf)} focus={focus}>
      <Section name="needsYou" count={decisions.length} actions={actions}>
        {() => (
          <div role="list" aria-label={strings.needsYou} class="list cards">
            {items.map((item) => (
              <Card key={item.id} {...item} />
            ))}
          </div>
        )}
      </Section>
    </RovingArea>
  );
}

function Card({ id, decision, view }: Item): JSX.Element | null {
  const { name } = view.session;
  switch (decision.kind) {
    case 'ask': {
      const ask = view.asks.find((each) => each.id === decision.id);
      return ask === undefined ? null : <AskCard id={id} ask={ask} name={name} />;
    }
    case 'call': {
      const call = view.calls.find((each) => each.id === decision.id);
      return call === undefined ? null : <HeldCard id={id} call={call} />;
    }
    case 'notice': {
      const notice = view.notices.find((each) => each.id === decision.id);
      if (notice === undefined) return null;
      return <NoticeCard id={id} notice={notice} tone={notice.kind === 'escalation' ? 'failed' : 'decide'} />;
    }
    case 'dialog':
      return <DialogCard id={id} decision={decision} name={name} />;
  }
}

/** A dialog in Claude's terminal of which no more is known. */
function DialogCard({ id, decision, name }: { id: string; decision: DecisionView; name: string }): JSX.Element {
  return (
    <RovingRow id={id} label={strings.board.dialog} class="card decide" data={{ 'data-dialog': '' }}>
      <div class="card-head">
        <Icon name="question" tone="decide" />
        <strong class="card-title">{strings.conductor}</strong>
        <span>{strings.board.dialog}</span>
        <Age ts={decision.sinceTs} text={(time) => time} class="dim end" />
      </div>
      <div class="actions">
        <GoToClaude name={name} />
      </div>
    </RovingRow>
  );
}
