import type { PlannedWorker } from '#protocol/parts.ts';
import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Run, SessionState } from '#protocol/state.ts';
import { onBallot } from './ballots.ts';
import { addGuard, holdStop } from './blocks.ts';
import { keptConditions } from './conditions.ts';
import { indexStart } from './facts.ts';
import { indexOf, setTask } from './foldIndex.ts';
import { boundedText, mayStep } from './limits.ts';
import { informConductor } from './notes.ts';
import { assignDefined, withTask, type EventPosition } from './state.ts';
import { addWorker, endWorker, failIfUnstartable, isFull } from './workers.ts';

/** A plan announces its workers before they run. Its guards block from now on, unless it waits for consent. */
export function onPlan(state: SessionState, event: EventOf<'plan'>, at: EventPosition): void {
  const known = state.runs.get(event.run);
  if (known !== undefined) return onPlanChanged(state, event, known, at);
  const { run, sha256, workers, rule, ballots = [], ask, proof } = event;
  const ids = workers.map((w) => w.worker);
  const planned = assignDefined<Run>({ sha256, workers: ids, ts: at.ts }, { rule, proof, via: at.via });
  state.runs.set(run, ask === true ? { ...planned, asks: { workers, ballots } } : planned);
  for (const worker of workers) addPlanned(state, run, worker, at);
  if (ask === true) return;
  activatePlan(state, run, { workers, ballots }, at);
}

/** The person accepts or refuses a plan that waits for consent. */
export function onConsent(
  state: SessionState,
  { run, decision, by, word: comment }: EventOf<'consent'>,
  at: EventPosition,
): void {
  const known = state.runs.get(run);
  if (known?.asks === undefined) return;
  const { workers, ballots } = known.asks;
  const names = workers.map(({ worker, task }) => withTask(worker, task)).join(', ');
  const commentText = comment === undefined || comment === '' ? '' : ` and said: ${comment}`;
  const choice = decision === 'start' ? `let ${run} start` : `does not want ${run}`;
  informConductor(state, by, `the person ${choice}: ${names}${commentText}`, at);
  if (decision === 'start') {
    delete known.asks;
    return activatePlan(state, run, { workers, ballots }, at);
  }
  for (const { worker } of workers) {
    const refused = state.workers.get(worker);
    if (refused?.run === run && refused.state === 'planned')
      endWorker(state, refused, 'aborted', at, `not started: refused by ${by}`);
  }
  delete known.asks;
}

type PlanParts = NonNullable<Run['asks']>;

/** Adds a plan's guards as blocks, opens its ballots, and lets its workers start. */
function activatePlan(state: SessionState, run: string, { workers, ballots }: PlanParts, at: EventPosition): void {
  const rule = state.runs.get(run)?.rule;
  for (const planned of workers)
    for (const guard of planned.guard ?? []) {
      const text = guard.reason ?? `${planned.worker} is not done yet`;
      const until = keptConditions(state, guard.until ?? 'done', planned.worker, at);
      const match = { tool: guard.tool, path: guard.path, command: guard.command, agent: guard.agent };
      const cause = { kind: 'guard', run } as const;
      const event = guard.event ?? 'PreToolUse';
      addGuard(state, { worker: planned.worker, event, text, cause, match, until }, rule, at);
    }
  for (const ballot of ballots) onBallot(state, { ...ballot, t: 'ballot' }, at);
  const index = indexOf(state);
  for (const { worker: id } of workers) {
    const worker = state.workers.get(id);
    if (worker?.run !== run || worker.state !== 'planned' || worker.after.length === 0) continue;
    indexStart(index, worker);
    // one that is not judged does not fail by itself; whether it may start is up to who starts it
    if (mayStep(state, at)) failIfUnstartable(state, worker, at);
  }
}

/** A reader saw that plan.json differs from the announced plan, which stays valid. Each change holds Stop once. */
function onPlanChanged(state: SessionState, { run, sha256 }: EventOf<'plan'>, known: Run, at: EventPosition): void {
  if (known.sha256 === sha256 || known.changedTo === sha256) return;
  known.changedTo = sha256;
  const text = `plan.json of ${run} was changed after it was announced. What was announced is what counts: nothing is started from the changed file`;
  holdStop(state, CONDUCTOR, text, { kind: 'plan', run }, at);
}

function addPlanned(state: SessionState, run: string, planned: PlannedWorker, at: EventPosition): void {
  // a name in use keeps its worker
  if (state.workers.has(planned.worker) || isFull(state)) return;
  const { after = [], critical = false, task, kind, parent, machine } = planned;
  const worker = addWorker(state, planned.worker, { state: 'planned', run, after, critical, plannedTs: at.ts }, at);
  setTask(state, worker, task && boundedText(task));
  assignDefined(worker, { kind, parent, machine });
}
