import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { WorkerView } from '#protocol/viewModel.ts';
import { WideButton } from '#webview/components/button.tsx';
import { useWriting } from '#webview/components/commentForm.tsx';
import { formatDuration } from '#webview/components/duration.ts';
import { Icon, WORKER_ICONS, type IconProps } from '#webview/components/icon.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { onDemand } from '#webview/components/onDemand.tsx';
import { MachineChip } from '#webview/components/machineChip.tsx';
import { ProgressBar } from '#webview/components/progressBar.tsx';
import { RovingRow } from '#webview/components/rovingList.tsx';
import { UserText } from '#webview/components/text.tsx';
import { Age } from '#webview/components/time.tsx';
import { memo } from '#webview/host/memo.ts';
import { agentMenu } from '#webview/host/contextMenu.ts';
import { usePanelActions } from '#webview/host/panelActions.ts';
import { strings } from '#webview/host/strings.ts';
import { PeekSlot } from './peekSlot.tsx';
import { WorkerActions } from './workerActions.tsx';
import { countsText, shortCounts } from './workerCounts.ts';
import { WorkerForm } from './workerForm.tsx';
import { WorkerDetails } from './workerDetails.tsx';
import { hasFailed, isWorkerEnded, type TreeRow } from './workerTree.ts';

const AwayLine = onDemand(async () => (await import('./awayLine.tsx')).AwayLine);

interface WorkerRowProps extends TreeRow {
  /** Whether its own workers are shown; undefined if it has none. */
  open: boolean | undefined;
  onToggle: (worker: WorkerView) => void;
}

/** One worker on one line; while it has the focus, also all that is known of it and what can be done with it. */
export const WorkerRow = memo(function WorkerRow({
  worker,
  depth,
  below,
  open,
  onToggle,
}: WorkerRowProps): JSX.Element {
  const { session } = usePanelActions();
  const name = shortText(worker.name, 80);
  const ended = isWorkerEnded(worker);
  const [writing, setWriting, line] = useWriting<HTMLDivElement>('message');
  const [stopping, setStopping, buttons] = useWriting<HTMLDivElement>('abort');
  const [peeking, setPeeking] = useState(false);
  const counts = below && countsText(below);
  return (
    <RovingRow
      id={worker.id}
      label={[name, strings.workerState[worker.state], worker.machine && strings.onMachine(worker.machine), counts]
        .filter(Boolean)
        .join(', ')}
      class={(ended && !hasFailed(worker)) || worker.lastHeardTs !== undefined ? 'worker ended' : 'worker'}
      data={{ 'data-worker': worker.id, 'data-state': worker.state, ...agentMenu(session, worker.id) }}
      depth={depth}
    >
      <div
        class="worker-line"
        ref={(element) => {
          line.current = element;
          buttons.current = element;
        }}
      >
        <Icon {...(worker.lastHeardTs === undefined ? WORKER_ICONS[worker.state] : AWAY)} />
        <strong class="worker-name cut" title={nameTitle(worker)}>
          {name}
        </strong>
        <WorkerActions
          worker={worker}
          name={name}
          peeking={peeking}
          onPeek={() => setPeeking(!peeking)}
          onWrite={() => setWriting(true)}
          onStop={() => setStopping(true)}
        />
        {below !== undefined && counts !== undefined && (
          <WideButton
            action="toggle-agents"
            class="fold-line"
            title={strings.agentsOf(name, counts)}
            expanded={open}
            onRun={() => onToggle(worker)}
          >
            <Icon name="chevron" />
            {shortCounts(below)}
          </WideButton>
        )}
        <MachineChip machine={worker.machine} />
        <UserText text={noteOf(worker)} class="worker-note dim cut" />
        <WorkerState worker={worker} name={name} />
      </div>
      <Trouble worker={worker} />
      <Steering worker={worker} />
      <div class="worker-body">
        {writing && <WorkerForm worker={worker} name={name} kind="message" onEnd={() => setWriting(false)} />}
        {stopping && <WorkerForm worker={worker} name={name} kind="stop" onEnd={() => setStopping(false)} />}
        <div class="more">
          <WorkerDetails worker={worker} />
        </div>
        {peeking && (
          <PeekSlot worker={worker.id} name={name} mayReply={worker.can.message} onClose={() => setPeeking(false)} />
        )}
      </div>
    </RovingRow>
  );
});

/** The exact terms: its whole task, its id and its process. */
const nameTitle = ({ id, name, task, run, pid, kind }: WorkerView): string =>
  [task === name ? undefined : task, id, kind, run, pid === undefined ? undefined : strings.pid(pid)]
    .map((each) => each && shortText(each))
    .filter(Boolean)
    .join(' · ');

/** What it does, waits for or has reported, beside its name where there is room. */
function noteOf({ waitingFor, activity, progress, lastMessage, problem }: WorkerView): string {
  if (problem !== undefined) return '';
  return waitingFor === undefined
    ? (activity?.text ?? progress?.message ?? lastMessage ?? '')
    : strings.waitsFor(waitingFor);
}

/** How far it is, else what it does and for how long. */
function WorkerState({ worker, name }: { worker: WorkerView; name: string }): JSX.Element {
  const { state, progress, startedTs, endedTs } = worker;
  if (progress?.pct !== undefined && endedTs === undefined && state !== 'planned')
    return <ProgressBar progress={progress} label={strings.progressOf(name)} running={state === 'running'} />;
  return (
    <span class={`state ${state}`}>
      {state === 'running' ? '' : strings.workerState[state]}{' '}
      {endedTs === undefined
        ? startedTs !== undefined && <Age ts={startedTs} text={(time) => time} class="dim" />
        : startedTs !== undefined && <span class="dim">{formatDuration(endedTs - startedTs)}</span>}
    </span>
  );
}

/** A worker of whose machine nothing is heard. */
const AWAY: IconProps = { name: 'disconnected', tone: 'quiet' };

/** Why it failed, or since when it is silent: on a line of its own that is always shown. */
function Trouble({ worker }: { worker: WorkerView }): JSX.Element | null {
  const { problem, silent, lastTs, notShown, conflict } = worker;
  if (problem !== undefined && hasFailed(worker))
    return (
      <div class="worker-trouble problem cut">
        <UserText text={problem} />
      </div>
    );
  if (worker.lastHeardTs !== undefined) return <AwayLine worker={worker} ts={worker.lastHeardTs} />;
  if (notShown !== undefined)
    return (
      <div class="worker-trouble tone-attention cut">
        <UserText text={strings.notShown(notShown.join(', '))} />
      </div>
    );
  if (conflict !== undefined)
    return (
      <div class="worker-trouble tone-attention cut">
        <UserText text={conflict} />
      </div>
    );
  if (!silent || lastTs === undefined) return null;
  return (
    <div class="worker-trouble">
      <Age ts={lastTs} text={strings.silentFor} class="tone-attention" />
    </div>
  );
}

/** What the person has asked of it, while that is news: on a line of its own that is always shown. */
function Steering({ worker }: { worker: WorkerView }): JSX.Element | null {
  const { message, paused, stopping } = worker;
  if (isWorkerEnded(worker)) return null;
  const lines = [
    stopping && strings.agentStopping,
    paused && strings.agentPaused,
    message && (message.read ? strings.messageRead : strings.messageUnread),
  ].filter(Boolean);
  return lines.length === 0 ? null : <div class="worker-trouble dim">{lines.join(' ')}</div>;
}
