import { CONDUCTOR } from '#protocol/ids.ts';
import { formatRemaining } from '#protocol/duration.ts';
import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { budgetsOf, budgetText, isSpent } from './budgets.ts';
import { hasEnded } from './conditions.ts';
import { isSubagent } from './kinds.ts';
import { reachedWindow } from './usedWindows.ts';
import { launchesBefore } from './launches.ts';
import { isBudget, limitOf, type LimitCondition } from './limitConditions.ts';

/** Who makes which call: the id of the agent, or of the worker whose session it is, and Claude Code's id of the call. */
export interface LimitedCall {
  agent: string;
  call?: string | undefined;
}

/** The time in which starts of agents are counted. */
const HOUR_MS = 3_600_000;
/** More steps than a line of nested agents has. */
const MAX_DEPTH = 64;
const MAX_NAMED = 6;

/** What of its limits a call of that agent has reached, a sentence each; none where it stays within all of them. */
export function reachedLimits(state: SessionState, block: Block, call: LimitedCall, now: number): string[] {
  const caps = block.until.flatMap(({ text }) => {
    const limit = limitOf(text);
    return limit === undefined || limit.kind === 'budget' ? [] : (reached(state, limit, call, now) ?? []);
  });
  const spent = block.until.some(isBudget) ? budgetsOf(state, block, call.agent, now).filter(isSpent) : [];
  return [...caps, ...spent.map((standing) => budgetText(state, standing, now))];
}

function reached(
  state: SessionState,
  limit: Exclude<LimitCondition, { kind: 'budget' }>,
  call: LimitedCall,
  now: number,
): string | undefined {
  if (limit.kind === 'reset') return reachedWindow(state, limit, now);
  if (limit.kind === 'agents') return reachedAgents(state, limit.most, call, now);
  if (limit.kind === 'depth') return reachedDepth(state, limit.most, call);
  return reachedSpawns(state, limit.most, call, now);
}

const agents = (count: number): string => (count === 1 ? '1 agent' : `${count} agents`);

function reachedAgents(state: SessionState, most: number, { call }: LimitedCall, now: number): string | undefined {
  const atWork = [...state.workers.values()].filter((w) => isSubagent(w) && !hasEnded(w) && w.state !== 'idle');
  const starting = launchesBefore(state, call, now).length;
  const count = atWork.length + starting;
  if (count < most) return undefined;
  const names = atWork.slice(0, MAX_NAMED).map(nameOf);
  const more = count > names.length ? [`${count - names.length} more`] : [];
  const named = names.length === 0 ? '' : ` (${[...names, ...more].join(', ')})`;
  return `${agents(count)} at work${named}; at most ${most} may be at once.`;
}

const nameOf = ({ id, task, command }: Worker): string => task ?? command ?? id;

/** How many agents stand above a call of an agent, itself among them. */
function depthOf({ workers }: SessionState, agent: string): number {
  let depth = 0;
  for (let at = workers.get(agent); isSubagent(at) && depth < MAX_DEPTH; at = workers.get(at?.parent ?? CONDUCTOR))
    depth++;
  return depth;
}

function reachedDepth(state: SessionState, most: number, { agent }: LimitedCall): string | undefined {
  // one of which nothing is known yet has been started by something
  const isUnknown = agent !== CONDUCTOR && !state.workers.has(agent);
  const depth = (isUnknown ? 1 : depthOf(state, agent)) + 1;
  return depth <= most ? undefined : `This agent would be ${depth} deep; agents may start agents at most ${most} deep.`;
}

function reachedSpawns(state: SessionState, most: number, { call }: LimitedCall, now: number): string | undefined {
  const times = [...state.workers.values()].flatMap((w) => (isSubagent(w) ? (w.startedTs ?? []) : []));
  times.push(...launchesBefore(state, call, now).map(({ ts }) => ts));
  const recent = times.filter((ts) => now - ts < HOUR_MS).toSorted((a, b) => b - a);
  const first = recent[most - 1];
  if (first === undefined) return undefined;
  const next = formatRemaining(first + HOUR_MS - now);
  return `${agents(recent.length)} started within the last hour; at most ${most} an hour may be, so that the next one may in ${next}.`;
}
