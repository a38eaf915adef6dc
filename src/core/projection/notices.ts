import type { SessionState } from '#protocol/state.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import { COLLISION_MS } from '#core/fold/collisions.ts';
import { LINE_RATE_LIMIT, HOOK_RATE_LIMIT } from '#core/fold/rateLimits.ts';
import { newerFormatReason } from '#core/fold/newerFormat.ts';
import { shortId } from '#core/base/text.ts';
import { idleBlockNotices } from './idleBlocks.ts';
import { deadlocks } from './deadlocks.ts';

/** What a person should know of a session: first what is so of all of it, then what happened, newest first. */
export function noticesOf(state: SessionState, now: number): NoticeView[] {
  return [
    ...formatNotices(state),
    ...planNotices(state),
    ...deadlockNotices(state),
    ...floodNotices(state, now),
    ...hookRateNotices(state, now),
    ...idleBlockNotices(state, now),
    ...collisionNotices(state, now),
    ...state.notices.map(noticeView).toReversed(),
  ];
}

function formatNotices(state: SessionState): NoticeView[] {
  const newer = newerFormatReason(state);
  return newer === undefined ? [] : [{ id: 'format', kind: 'log', text: `${newer} Update the extension.` }];
}

/** Plans that wait for the person's word. */
function planNotices(state: SessionState): NoticeView[] {
  return [...state.runs].flatMap(([run, { asks, rule, ts }]): NoticeView[] => {
    if (asks === undefined) return [];
    const workers = asks.workers.map(({ worker, task }) => (task === undefined ? worker : `${worker}: ${task}`));
    const workersLabel = workers.length === 1 ? 'a worker' : `${workers.length} workers`;
    const text = `${rule ?? run} wants to start ${workersLabel} (${run}): ${workers.join('; ')}`;
    return [{ id: `plan-${run}`, kind: 'plan', text, ts, run, action: 'startPlan' }];
  });
}

/** How long a flood is news after its last line. */
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
    // since the last of them began to wait
    ts: Math.max(...cycle.map(({ worker, resource }) => waitingSince(state, worker, resource))),
    text: `${cycle.map((c) => `${c.worker} waits for ${c.resource}`).join(', ')}: none of them can go on. Break one of the locks.`,
  }));
}

function waitingSince({ locks }: SessionState, worker: string, resource: string): number {
  return locks.get(resource)?.queue.find((waiting) => waiting.worker === worker)?.sinceTs ?? 0;
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

function noticeView(notice: SessionState['notices'][number]): NoticeView {
  return {
    id: `n${notice.pos}`,
    kind: notice.kind,
    text: notice.text,
    ts: notice.ts,
    dismiss: notice.pos,
    ...(notice.worker === undefined ? {} : { worker: notice.worker }),
  };
}
