import { l10n } from 'vscode';
import { isQuestion } from '#core/projection/decisions.ts';
import type { BoardRow } from '#protocol/board.ts';
import type { HeldCallView, ViewModel, WorkerState, WorkerView } from '#protocol/viewModel.ts';
import { formatDuration } from '#extension/base/formatDuration.ts';
import { workerStateLabel } from './describeSession.ts';

/** Who needs the person, as they call it: `Review payments in Deploy a preview (shop-web)`. */
function whoIn({ name, projectName, agent }: Pick<BoardRow, 'name' | 'projectName' | 'agent'>): string {
  const session = projectName === undefined ? name : `${name} (${projectName})`;
  return agent === undefined ? session : l10n.t('{0} in {1}', agent, session);
}

/** What a row of the Board needs of the person, as one sentence. */
export function describeDecision(row: BoardRow): string {
  const { ask, call, notice } = row;
  const who = whoIn(row);
  if (ask?.tool === 'ExitPlanMode') return l10n.t('{0} has a plan and waits for your word', who);
  if (ask !== undefined)
    return isQuestion(ask) ? l10n.t('{0} asks: {1}', who, ask.summary) : describeWish(who, ask.tool, ask.summary);
  if (call !== undefined) return describeCall(who, call);
  if (notice === undefined) return l10n.t('{0} asks you in its terminal', who);
  return notice.kind === 'escalation' || notice.kind === 'cycle' ? l10n.t('{0}: {1}', who, notice.text) : notice.text;
}

const describeWish = (who: string, tool: string, summary = ''): string =>
  tool === 'Bash'
    ? l10n.t('{0} wants to run {1}', who, summary)
    : l10n.t('{0} wants to use {1} {2}', who, tool, summary);

function describeCall(who: string, { tool, summary, reasons }: HeldCallView): string {
  const [reason] = reasons;
  const why = reason?.stuck ?? reason?.text ?? '';
  const wish = tool === undefined ? who : describeWish(who, tool, summary);
  return l10n.t('{0}. It waits for you: {1}', wish, why);
}

/** The end of a turn, with Claude's words. */
export function describeTurnEnd(row: BoardRow): string {
  const { text = '', asks } = row;
  if (text === '') return l10n.t('{0} has finished', whoIn(row));
  return asks === true
    ? l10n.t('{0} asks you: {1}', whoIn(row), text)
    : l10n.t('{0} has finished: {1}', whoIn(row), text);
}

export const describeQuiet = (row: BoardRow, ms: number): string =>
  l10n.t('{0}: nothing for {1}', whoIn(row), formatDuration(ms));

/** A moment in a worker's life that is news once. */
interface Ending {
  key: string;
  text: string;
}

/** One ending for a run whose last worker has ended; before that, one for each worker that fails. */
export function workerEndings({ workers, session }: ViewModel, sinceMs: number): Ending[] {
  const runs = new Set(workers.map(({ run }) => run));
  return [...runs].flatMap((run) => {
    const all = workers.filter((worker) => worker.run === run);
    const ended = all.filter(({ endedTs }) => endedTs !== undefined && endedTs >= sinceMs);
    if (ended.length === 0) return [];
    const toEnding = (w: WorkerView): Ending => ({
      key: `worker ${w.id} ${w.endedTs}`,
      text: describeEnding(w, session),
    });
    if (all.length === 1) return all.map(toEnding);
    if (all.some(({ endedTs }) => endedTs === undefined))
      return ended.filter(({ state }) => state === 'failed' || state === 'lost').map(toEnding);
    const last = Math.max(...ended.map(({ endedTs = 0 }) => endedTs));
    return [{ key: `run ${run ?? ''} ${last}`, text: describeEndings(all, session) }];
  });
}

function describeEndings(all: readonly WorkerView[], session: ViewModel['session']): string {
  const states = [...new Set(all.map(({ state }) => state))];
  if (states.every((state) => state === 'done'))
    return l10n.t('All {0} workers are done: {1}', all.length, whoIn(session));
  const summary = states
    .map((state) => l10n.t('{0} {1}', all.filter((worker) => worker.state === state).length, workerStateLabel(state)))
    .join(', ');
  return l10n.t('All workers of {0} have ended: {1}', whoIn(session), summary);
}

function describeEnding({ name, state }: WorkerView, session: ViewModel['session']): string {
  const who = whoIn({ ...session, agent: name });
  const labels: Partial<Record<WorkerState, string>> = {
    done: l10n.t('{0} is done', who),
    failed: l10n.t('{0} has failed', who),
    aborted: l10n.t('{0} was aborted', who),
    lost: l10n.t('{0} is lost', who),
  };
  return labels[state] ?? who;
}
