import type { JSX } from 'preact';
import type { ProofView } from '#protocol/viewModel.ts';
import { Button } from '#webview/components/button.tsx';
import type { IconProps } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { LabeledLine, ListSection, StackedRow } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';

const ICONS: Record<ProofView['state'], IconProps> = {
  shown: { name: 'pass', tone: 'good' },
  notShown: { name: 'warning', tone: 'attention' },
  running: { name: 'flag', tone: 'quiet' },
};

/** The commands that have to be seen to pass, each with the line of the log that shows it. */
export function ProofList({ proofs }: { proofs: readonly ProofView[] }): JSX.Element | null {
  return <ListSection name="proofs" items={proofs} keyOf={({ of }) => of} Row={ProofRow} />;
}

const ProofRow = memo(function ProofRow({ item }: { item: ProofView }): JSX.Element {
  const { of, command, covers, state, text, receipt } = item;
  const { session } = usePanelActions();
  return (
    <StackedRow
      kind="proof"
      name={of}
      text={command}
      label={`${shortText(command, 120)}, ${text}`}
      icon={ICONS[state]}
      head={receipt && <Age ts={receipt.ts} text={strings.ago} class="dim" />}
    >
      <div class="wrap-line">
        <UserText text={text} class="dim" />
        {receipt && (
          <Button
            action="open-receipt"
            variant="link"
            text={strings.receipt}
            label={`${strings.receipt}: ${strings.receiptOf(shortText(command, 80))}`}
            intent={{ action: 'openEvents', session, pos: receipt.pos }}
          />
        )}
      </div>
      {covers !== undefined && (
        <div class="more">
          <LabeledLine label={strings.covers}>
            <UserText text={covers} />
          </LabeledLine>
        </div>
      )}
    </StackedRow>
  );
});
