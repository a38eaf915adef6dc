import type { JSX } from 'preact';
import type { PipelineStep } from '#protocol/viewModel.ts';
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
  const { worker, state, task, after, until, handsTo } = step;
  return (
    <StackedRow
      kind="step"
      name={worker}
      label={strings.step(stage, shortText(worker, 60), strings.workerState[state])}
      icon={WORKER_ICONS[state]}
      head={
        <>
          <span class="dim">{strings.workerState[state]}</span>
          {task !== undefined && <UserText text={task} />}
        </>
      }
    >
      {after.length > 0 && (
        <LabeledLine label={strings.after}>
          {after.map(({ worker: name, ended }) => (
            <span key={name} class={ended ? 'after ended' : 'after'}>
              <UserText text={name} class="chip" />
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
          <UserText text={to} class="chip" />
          {work !== undefined && <UserText text={work} class="dim" />}
        </LabeledLine>
      ))}
    </StackedRow>
  );
});
