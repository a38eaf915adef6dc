import type { JSX } from 'preact';
import type { CheckpointView } from '#protocol/viewModel.ts';
import { Icon } from '#webview/components/icon.tsx';
import { LabeledLine } from '#webview/components/labeledLine.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { strings } from '#webview/host/strings.ts';
import { UserText } from '#webview/components/text.tsx';

/** Where workers meet before they go on. */
export function CheckpointList({ checkpoints }: { checkpoints: readonly CheckpointView[] }): JSX.Element | null {
  if (checkpoints.length === 0) return null;
  return (
    <Section name="checkpoints" count={checkpoints.length}>
      {() => (
        <RovingList label={strings.checkpoints} keys={checkpoints.map((checkpoint) => checkpoint.name)}>
          {checkpoints.map((checkpoint) => (
            <CheckpointRow key={checkpoint.name} checkpoint={checkpoint} />
          ))}
        </RovingList>
      )}
    </Section>
  );
}

const CheckpointRow = memo(function CheckpointRow({ checkpoint }: { checkpoint: CheckpointView }): JSX.Element {
  const { name, arrived, missing } = checkpoint;
  const complete = missing.length === 0;
  return (
    <RovingRow id={name} label={shortText(name, 120)} class="stacked" data={{ 'data-checkpoint': name }}>
      <Icon name={complete ? 'pass' : 'flag'} tone={complete ? 'good' : 'quiet'} />
      <div class="stacked-body">
        <div class="wrap-line">
          <UserText text={name} class="strong" />
          <span class="dim">
            {complete ? strings.complete : strings.arrived(arrived.length, arrived.length + missing.length)}
          </span>
        </div>
        <Names label={strings.arrivedNames} workers={arrived} />
        <Names label={strings.missingNames} workers={missing} />
      </div>
    </RovingRow>
  );
});

function Names({ label, workers }: { label: string; workers: readonly string[] }): JSX.Element | null {
  if (workers.length === 0) return null;
  return (
    <LabeledLine text={label}>
      {workers.map((worker) => (
        <UserText key={worker} text={worker} class="chip" />
      ))}
    </LabeledLine>
  );
}
