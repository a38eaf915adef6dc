import type { JSX } from 'preact';
import type { CheckpointView } from '#protocol/viewModel.ts';
import { AgentName } from '#webview/components/agentName.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { LabeledLine, ListSection, StackedRow } from '#webview/components/section.tsx';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';

/** The points at which workers wait for each other. */
export function CheckpointList({ checkpoints }: { checkpoints: readonly CheckpointView[] }): JSX.Element | null {
  return <ListSection name="checkpoints" items={checkpoints} keyOf={({ name }) => name} Row={CheckpointRow} />;
}

const CheckpointRow = memo(function CheckpointRow({ item }: { item: CheckpointView }): JSX.Element {
  const { name, arrived, missing } = item;
  const complete = missing.length === 0;
  return (
    <StackedRow
      kind="checkpoint"
      name={name}
      label={shortText(name, 120)}
      icon={complete ? { name: 'pass', tone: 'good' } : { name: 'flag', tone: 'quiet' }}
      head={
        <span class="dim">
          {complete ? strings.complete : strings.arrived(arrived.length, arrived.length + missing.length)}
        </span>
      }
    >
      <div class="more">
        <Names label={strings.arrivedNames} workers={arrived} />
        <Names label={strings.missingNames} workers={missing} />
      </div>
    </StackedRow>
  );
});

function Names({ label, workers }: { label: string; workers: readonly string[] }): JSX.Element | null {
  if (workers.length === 0) return null;
  return (
    <LabeledLine label={label}>
      {workers.map((worker) => (
        <AgentName key={worker} id={worker} />
      ))}
    </LabeledLine>
  );
}
