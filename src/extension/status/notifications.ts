import { l10n } from 'vscode';
import type { Settings } from '#protocol/settings.ts';
import type { ViewModel, WorkerState, WorkerView } from '#protocol/viewModel.ts';
import { workerStateLabel } from './describeSession.ts';

/** A message that the person gets once. */
export interface Notification {
  /** Unique over all sessions, so that it is shown once. */
  key: string;
  how: 'statusBar' | 'notification';
  kind: 'permission' | 'block' | 'escalation' | 'decision' | 'done';
  text: string;
  session: string;
  block?: string;
  worker?: string;
  run?: string;
  /** A permission request that can be answered here. */
  ask?: string;
}

export type NotificationSettings = Pick<
  Settings,
  | 'notify.permission'
  | 'notify.block'
  | 'notify.escalation'
  | 'notify.decision'
  | 'notify.done'
  | 'notify.blockAfterSeconds'
>;

/** Which notifications have been shown. A window does not notify of events before `sinceMs`, when it opened. */
export interface NotificationMemory {
  sinceMs: number;
  notified: Set<string>;
}

/**
 * The notifications of a session that are due, and when the next one becomes due (epoch ms). A block is notified of once,
 * after it has held or refused Claude for `notify.blockAfterSeconds`, and at once when it is stuck. Pure, but for recording in `memory` what it returns.
 */
export function pendingNotifications(
  view: ViewModel,
  settings: NotificationSettings,
  memory: NotificationMemory,
): { notifications: Notification[]; nextTs: number | undefined } {
  const now = view.generatedTs;
  const session = view.session.id;
  const after = settings['notify.blockAfterSeconds'] * 1000;
  const enforced = view.blocks.flatMap((b) =>
    b.standing && b.firstStruckTs !== undefined ? [{ ...b, dueTs: b.firstStruckTs + after }] : [],
  );
  const dueTimes = enforced.filter((b) => b.dueTs > now).map((b) => b.dueTs);
  const candidates: (Omit<Notification, 'session' | 'how'> & { cause?: string })[] = [
    ...enforced
      .filter((b) => b.dueTs <= now && b.dueTs >= memory.sinceMs)
      .map((b) => ({
        key: `block ${b.id}`,
        kind: 'block' as const,
        text: l10n.t('{0} blocks {1}: {2}', b.worker, b.concerns, b.reason),
        block: b.id,
        worker: b.worker,
      })),
    ...view.blocks.flatMap(({ id, worker, standing, stuck }) =>
      !standing || stuck === undefined || stuck.ts < memory.sinceMs
        ? []
        : [
            {
              key: `stuck ${id} ${stuck.ts}`,
              kind: 'block' as const,
              text: l10n.t('{0} by {1} is stuck and ends no more by itself: {2}', id, worker, stuck.why),
              block: id,
              worker,
            },
          ],
    ),
    ...view.asks
      .filter((a) => a.sinceTs >= memory.sinceMs)
      .map((a) => ({
        key: `ask ${a.id}`,
        kind: 'permission' as const,
        ask: a.answerable === true ? a.id : undefined,
        text:
          a.tool === 'AskUserQuestion'
            ? l10n.t('{0} asks for your answer: {1}', a.worker ?? 'Claude', a.summary)
            : l10n.t('{0} asks for your permission: {1} {2}', a.worker ?? 'Claude', a.tool, a.summary),
      })),
    ...view.notices
      .filter((n) => n.kind === 'plan' && (n.ts ?? now) >= memory.sinceMs)
      .map((n) => ({
        key: `notice ${n.id}`,
        kind: 'permission' as const,
        text: n.text,
        run: n.run,
      })),
    ...view.notices
      .filter((n) => n.kind !== 'log' && n.kind !== 'plan' && (n.ts ?? now) >= memory.sinceMs)
      .map((n) => ({
        key: `notice ${n.id}`,
        cause: n.cause,
        kind: 'escalation' as const,
        text: n.worker === undefined ? n.text : `${n.worker}: ${n.text}`,
      })),
    ...view.ballots.flatMap(({ name, decided }) =>
      decided === undefined || decided.ts < memory.sinceMs
        ? []
        : [
            {
              key: `ballot ${name} ${decided.ts}`,
              kind: 'decision' as const,
              text: l10n.t('{0} is decided: {1}', name, decided.decision),
            },
          ],
    ),
    ...workerEndings(view.workers, memory.sinceMs).map((ending) => ({ ...ending, kind: 'done' as const })),
  ];
  const notifications = candidates.flatMap(({ cause, ...item }): Notification[] => {
    const how = settings[`notify.${item.kind}`];
    const key = cause ?? `${session} ${item.key}`;
    if (how === 'off' || memory.notified.has(key)) return [];
    memory.notified.add(key);
    return [{ ...item, key, how, session }];
  });
  return { notifications, nextTs: dueTimes.length === 0 ? undefined : Math.min(...dueTimes) };
}

/** One notification for a run whose last worker has ended; before that, one for each worker that fails. */
function workerEndings(workers: readonly WorkerView[], sinceMs: number): { key: string; text: string }[] {
  const runs = new Set(workers.map(({ run }) => run));
  return [...runs].flatMap((run) => {
    const all = workers.filter((worker) => worker.run === run);
    const ended = all.filter(({ endedTs }) => endedTs !== undefined && endedTs >= sinceMs);
    if (ended.length === 0) return [];
    const toEnding = (w: WorkerView) => ({ key: `worker ${w.id} ${w.endedTs}`, text: describeEnding(w) });
    if (all.length === 1) return all.map(toEnding);
    if (all.some(({ endedTs }) => endedTs === undefined))
      return ended.filter(({ state }) => state === 'failed' || state === 'lost').map(toEnding);
    const last = Math.max(...ended.map(({ endedTs = 0 }) => endedTs));
    const summary = [...new Set(all.map(({ state }) => state))]
      .map((state) => l10n.t('{0} {1}', all.filter((worker) => worker.state === state).length, workerStateLabel(state)))
      .join(', ');
    const text =
      run === undefined
        ? l10n.t('All workers have ended: {0}', summary)
        : l10n.t('All workers of {0} have ended: {1}', run, summary);
    return [{ key: `run ${run ?? ''} ${last}`, text }];
  });
}

function describeEnding({ id, state, task }: WorkerView): string {
  const labels: Partial<Record<WorkerState, string>> = {
    done: l10n.t('{0} is done', id),
    failed: l10n.t('{0} has failed', id),
    aborted: l10n.t('{0} was aborted', id),
    lost: l10n.t('{0} is lost', id),
  };
  return [labels[state] ?? id, task].filter(Boolean).join(': ');
}
