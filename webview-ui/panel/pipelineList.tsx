import type { JSX } from 'preact';
import type { PipelineStep } from '#protocol/viewModel.ts';
import { AgentName, useNameOf } from '#webview/components/agentName.tsx';
import { Icon, WORKER_ICONS } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { RovingList } from '#webview/components/rovingList.tsx';
import { LabeledLine, Section, StackedRow } from '#webview/components/section.tsx';
import { UserText } from '#webview/components/text.tsx';
import { memo } from '#webview/host/memo.ts';
import { strings } from '#webview/host/strings.ts';

/** The workers in stages, each of which waits for earlier ones; side by side if there is room. */
export function PipelineList({ stages }: { stages: readonly (readonly PipelineStep[])[] }): JSX.Element | null {
  if (stages.length === 0) return null;
  const steps = stages.flat();
  return (
    <Section name="pipeline" count={steps.length}>
      {() => (
        <RovingList label={strings.pipeline} keys={steps.map(({ worker }) => worker)} class="pipeline">
          {stages.map((stage, index) => (
            <div key={index} role="presentation" class="stage" data-stage={index + 1}>
              {stage.map((step) => (
                <StepRow key={step.worker} step={step} stage={index + 1} />
              ))}
            </div>
          ))}
        </RovingList>
      )}
    </Section>
  );
}

const StepRow = memo(function StepRow({ step, stage }: { step: PipelineStep; stage: number }): JSX.Element {
  const { worker, state, after, until, handsTo } = step;
  const name = useNameOf()(worker);
  return (
    <StackedRow
      kind="step"
      name={worker}
      text={name}
      label={strings.step(stage, shortText(name, 60), strings.workerState[state])}
      icon={WORKER_ICONS[state]}
      head={<span class="dim">{strings.workerState[state]}</span>}
    >
      {after.length > 0 && (
        <LabeledLine label={strings.after}>
          {after.map(({ worker: id, ended }) => (
            <span key={id} class={ended ? 'after ended' : 'after'}>
              <AgentName id={id} />
              {ended && <Icon name="check" tone="good" />}
              {ended && <span class="visually-hidden">{strings.hasEnded}</span>}
            </span>
          ))}
        </LabeledLine>
      )}
      {state === 'planned' &&
        until.map((condition) => <UserText key={condition} text={strings.endsWhen(condition)} class="clamped dim" />)}
      {handsTo.map(({ worker: to, task: work }, index) => (
        <LabeledLine key={index} label={strings.handsTo}>
          <AgentName id={to} />
          {work !== undefined && <UserText text={work} class="dim" />}
        </LabeledLine>
      ))}
    </StackedRow>
  );
});
