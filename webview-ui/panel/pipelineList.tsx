import type { JSX } from 'preact';
import type { PipelineStep } from '#protocol/viewModel.ts';
import { Icon } from '#webview/components/icon.tsx';
import { LabeledLine } from '#webview/components/labeledLine.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { memo } from '#webview/components/memo.ts';
import { RovingList, RovingRow } from '#webview/components/rovingList.tsx';
import { Section } from '#webview/components/section.tsx';
import { WORKER_ICONS } from '#webview/components/stateIcons.ts';
import { strings } from '#webview/host/strings.ts';
import { UserText } from '#webview/components/text.tsx';

/** Who waits for whom: stages in the order in which they come, one below the other or, where there is room, side by side. */
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
  const label = strings.step(stage, shortText(worker, 60), strings.workerState[state]);
  return (
    <RovingRow id={worker} label={label} class="stacked" data={{ 'data-step': worker }}>
      <Icon {...WORKER_ICONS[state]} />
      <div class="stacked-body">
        <div class="wrap-line">
          <UserText text={worker} class="strong" />
          <span class="dim">{strings.workerState[state]}</span>
          {task !== undefined && <UserText text={task} />}
        </div>
        {after.length > 0 && (
          <LabeledLine text={strings.after}>
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
          until.map((what) => <UserText key={what} text={strings.endsWhen(what)} class="words dim" />)}
        {handsTo.map(({ worker: to, task: work }, index) => (
          <LabeledLine key={index} text={strings.handsTo}>
            <UserText text={to} class="chip" />
            {work !== undefined && <UserText text={work} class="dim" />}
          </LabeledLine>
        ))}
      </div>
    </RovingRow>
  );
});
