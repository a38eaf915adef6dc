import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, Notice, SessionState } from '#protocol/state.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { formatDuration } from '#protocol/duration.ts';
import { COLLISION_MS } from '#core/fold/collisions.ts';
import { isActive, isTimed, newerFormatReason } from '#core/fold/queries.ts';
import { LINE_RATE_LIMIT, HOOK_RATE_LIMIT } from '#core/fold/rateLimits.ts';
import { describeScope } from './describe.ts';
import { deadlocks } from './locks.ts';
import { shortId } from '#core/base/text.ts';

/** A session's notices for the person: first those of its present state, then those of its events, newest first. */
export function noticesOf(state: SessionState, now: number): NoticeView[] {
  return [
    ...formatNotices(state),
    ...planNotices(state),
    ...deadlockNotices(state),
    ...floodNotices(state, now),
    ...hookRateNotices(state, now),
    ...idleBlockNotices(state, now),
    ...collisionNotices(state, now),
    ...state.notices.map(eventNotice).toReversed(),
  ];
}

function formatNotices(state: SessionState): NoticeView[] {
  const newer = newerFormatReason(state);
  return newer === undefined ? [] : [{ id: 'format', kind: 'log', text: `${newer} Update the extension.` }];
}

/** Plans that wait for the person's consent. */
function planNotices(state: SessionState): NoticeView[] {
  return [...state.runs].flatMap(([run, { asks, rule, ts }]): NoticeView[] => {
    if (asks === undefined) return [];
    const workers = asks.workers.map(({ worker, task }) => (task === undefined ? worker : `${worker}: ${task}`));
    const workersLabel = workers.length === 1 ? 'a worker' : `${workers.length} workers`;
    const text = `${rule ?? run} wants to start ${workersLabel} (${run}): ${workers.join('; ')}`;
    return [{ id: `plan-${run}`, kind: 'plan', text, ts, run, action: 'startPlan' }];
  });
}

/** How long a rate is reported after it was last exceeded. */
const RATE_NOTICE_MS = 60_000;

function floodNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.workers.values()].flatMap(({ id, flood }): NoticeView[] => {
    if (flood === undefined || now - flood.ts > RATE_NOTICE_MS) return [];
    const text = `${id} floods the log: ${flood.lines} lines within ${LINE_RATE_LIMIT.windowMs / 1000} seconds. Hooks and the panel have to read them all; let it report less often.`;
    return [{ id: `flood-${id}`, kind: 'warning', text, worker: id, ts: flood.ts, action: 'openWorkerLog' }];
  });
}

function hookRateNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.workers.values()].flatMap(({ id, hookRateExceeded }): NoticeView[] => {
    if (hookRateExceeded === undefined || now - hookRateExceeded.ts > RATE_NOTICE_MS) return [];
    const text = `${id} invokes hooks too often: ${hookRateExceeded.count} times within ${HOOK_RATE_LIMIT.windowMs / 1000} seconds, and each costs Claude a moment. Let it use a key, so that news replaces news.`;
    return [{ id: `hooks-${id}`, kind: 'warning', text, worker: id, ts: hookRateExceeded.ts, action: 'openWorkerLog' }];
  });
}

function deadlockNotices(state: SessionState): NoticeView[] {
  return deadlocks(state).map((cycle) => ({
    id: `cycle-${cycle.map((c) => c.worker).join('-')}`,
    kind: 'cycle',
    cycle,
    // the deadlock exists since the last of its workers began to wait
    ts: Math.max(...cycle.map(({ worker, resource }) => waitingSince(state, worker, resource))),
    text: `${cycle.map((c) => `${c.worker} waits for ${c.resource}`).join(', ')}: none of them can go on. Break one of the locks.`,
  }));
}

function waitingSince({ locks }: SessionState, worker: string, resource: string): number {
  return locks.get(resource)?.queue.find((waiting) => waiting.worker === worker)?.sinceTs ?? 0;
}

/** When a block that a worker has set counts as idle, in milliseconds. */
export const IDLE_BLOCK = {
  /** It keeps Claude from something, and its worker has given no sign for this time. */
  silentMs: 5 * 60_000,
  /** It has never kept Claude from anything for this time, and nothing but its worker would end it. */
  unusedMs: 15 * 60_000,
} as const;

/** Blocks that seem to be of no use any more, with the worker that has set them. */
function idleBlockNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.blocks.values()].flatMap((block): NoticeView[] => {
    const text = describeIdleBlock(state, block, now);
    const { id, worker, sinceTs } = block;
    return text === undefined ? [] : [{ id: `idle-${id}`, kind: 'warning', text, worker, ts: sinceTs }];
  });
}

function describeIdleBlock(state: SessionState, block: Block, now: number): string | undefined {
  const { id, worker, sinceTs, firstEnforcedTs } = block;
  if (block.cause.kind !== 'hook' || worker === USER || !isActive(block, now)) return undefined;
  if (firstEnforcedTs === undefined) {
    const hasEnd = block.until.length > 0 || isTimed(block);
    if (hasEnd || now - sinceTs < IDLE_BLOCK.unusedMs) return undefined;
    return `${id}, set by ${worker}, has stood for ${formatDuration(now - sinceTs)} and has kept Claude from nothing. Only ${worker} or you can end it.`;
  }
  const lastSignTs = Math.max(firstEnforcedTs, state.workers.get(worker)?.lastTs ?? 0);
  if (now - lastSignTs < IDLE_BLOCK.silentMs) return undefined;
  return `${id}, set by ${worker}, has kept Claude from ${describeScope(block)} for ${formatDuration(now - firstEnforcedTs)}, and ${worker} has given no sign for ${formatDuration(now - lastSignTs)}. Release it, or see what ${worker} does.`;
}

function collisionNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.collisions.values()]
    .filter(({ dismissed, lastTs }) => !dismissed && now - lastTs < COLLISION_MS)
    .map((collision): NoticeView => {
      const { pos, file, worker, other, session, lastTs } = collision;
      const { cwd, id: own = '' } = state.session;
      const path = cwd !== undefined && file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
      const sameSession = session === undefined;
      const otherSession = session ?? own;
      const firstEditor = describeEditor(worker, shortId(own, [otherSession]), sameSession);
      const secondEditor = describeEditor(other, shortId(otherSession, [own]), sameSession);
      return {
        id: `n${pos}`,
        kind: 'collision',
        text: `${path} was edited by ${firstEditor} and by ${secondEditor} within ten minutes. See that neither undoes what the other did.`,
        ts: lastTs,
        dueTs: lastTs + COLLISION_MS,
        dismiss: pos,
        cause: [file, ...[`${own}/${worker}`, `${otherSession}/${other}`].toSorted()].join(' '),
      };
    })
    .toReversed();
}

function describeEditor(agent: string, session: string, sameSession: boolean): string {
  if (sameSession) return agent === CONDUCTOR ? 'the Conductor' : agent;
  const name = `session ${session}`;
  return agent === CONDUCTOR ? name : `${agent} of ${name}`;
}

function eventNotice({ pos, kind, text, ts, worker }: Notice): NoticeView {
  return { id: `n${pos}`, kind, text, ts, dismiss: pos, worker };
}
