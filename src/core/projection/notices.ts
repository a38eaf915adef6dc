import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, Notice, SessionState } from '#protocol/state.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { formatDuration } from '#protocol/duration.ts';
import { COLLISION_MS } from '#core/fold/collisions.ts';
import { isActive, isTimed, newerFormatReason } from '#core/fold/queries.ts';
import { LINE_RATE_LIMIT, HOOK_RATE_LIMIT } from '#core/fold/rateLimits.ts';
import { scopeText } from './blockText.ts';
import { IDLE_BLOCK } from './idleBlock.ts';
import { deadlocks } from './locks.ts';
import { describeCollision } from './windowNames.ts';
import type { Wording } from './wording.ts';

/** A session's notices for the person: first those of its present state, then those of its events, newest first. */
export function noticesOf(state: SessionState, now: number, wording: Wording): NoticeView[] {
  return [
    ...formatNotices(state),
    ...planNotices(state, wording),
    ...deadlockNotices(state, wording),
    ...floodNotices(state, now, wording),
    ...hookRateNotices(state, now, wording),
    ...idleBlockNotices(state, now, wording),
    ...collisionNotices(state, now, wording),
    ...state.notices.map(eventNotice).toReversed(),
  ];
}

function formatNotices(state: SessionState): NoticeView[] {
  const newer = newerFormatReason(state);
  return newer === undefined ? [] : [{ id: 'format', kind: 'log', text: `${newer} Update the extension.` }];
}

/** Plans that wait for the person's consent. */
function planNotices(state: SessionState, { texts: { notice, detail } }: Wording): NoticeView[] {
  return [...state.runs].flatMap(([run, { asks, rule, ts }]): NoticeView[] => {
    if (asks === undefined) return [];
    const workers = asks.workers.map(({ worker, task }) => (task === undefined ? worker : detail(worker, task)));
    const text = notice.plan(rule ?? run, workers.length, run, workers.join('; '));
    return [{ id: `plan-${run}`, kind: 'plan', text, ts, run, action: 'startPlan' }];
  });
}

/** How long a rate is reported after it was last exceeded. */
const RATE_NOTICE_MS = 60_000;

function floodNotices(state: SessionState, now: number, { texts, names }: Wording): NoticeView[] {
  return [...state.workers.values()].flatMap(({ id, flood }): NoticeView[] => {
    if (flood === undefined || now - flood.ts > RATE_NOTICE_MS) return [];
    const text = texts.notice.flood(names.worker(id), flood.lines, LINE_RATE_LIMIT.windowMs / 1000);
    return [{ id: `flood-${id}`, kind: 'warning', text, worker: id, ts: flood.ts, action: 'openWorkerLog' }];
  });
}

function hookRateNotices(state: SessionState, now: number, { texts, names }: Wording): NoticeView[] {
  return [...state.workers.values()].flatMap(({ id, hookRateExceeded }): NoticeView[] => {
    if (hookRateExceeded === undefined || now - hookRateExceeded.ts > RATE_NOTICE_MS) return [];
    const { count, ts } = hookRateExceeded;
    const text = texts.notice.hookRate(names.worker(id), count, HOOK_RATE_LIMIT.windowMs / 1000);
    return [{ id: `hooks-${id}`, kind: 'warning', text, worker: id, ts, action: 'openWorkerLog' }];
  });
}

function deadlockNotices(state: SessionState, { texts: { notice }, names }: Wording): NoticeView[] {
  return deadlocks(state).map((cycle) => ({
    id: `cycle-${cycle.map((c) => c.worker).join('-')}`,
    kind: 'cycle',
    cycle,
    // the deadlock exists since the last of its workers began to wait
    ts: Math.max(...cycle.map(({ worker, resource }) => waitingSince(state, worker, resource))),
    text: notice.cycle(cycle.map((c) => notice.waits(names.worker(c.worker), c.resource)).join(', ')),
  }));
}

function waitingSince({ locks }: SessionState, worker: string, resource: string): number {
  return locks.get(resource)?.queue.find((waiting) => waiting.worker === worker)?.sinceTs ?? 0;
}

/** Blocks that seem to be of no use any more, with the worker that has set them. */
function idleBlockNotices(state: SessionState, now: number, wording: Wording): NoticeView[] {
  return [...state.blocks.values()].flatMap((block): NoticeView[] => {
    const text = describeIdleBlock(state, block, now, wording);
    const { id, worker, sinceTs } = block;
    return text === undefined ? [] : [{ id: `idle-${id}`, kind: 'warning', text, worker, ts: sinceTs }];
  });
}

function describeIdleBlock(state: SessionState, block: Block, now: number, wording: Wording): string | undefined {
  const { texts, names } = wording;
  const { id, worker, sinceTs, firstEnforcedTs } = block;
  const { notice } = texts;
  if (block.cause.kind !== 'hook' || worker === USER || !isActive(block, now)) return undefined;
  const name = names.worker(worker);
  const timeText = (ms: number): string => formatDuration(ms, texts.duration);
  if (firstEnforcedTs === undefined) {
    const hasEnd = block.until.length > 0 || isTimed(block);
    if (hasEnd || now - sinceTs < IDLE_BLOCK.unusedMs) return undefined;
    return notice.unused(names.block(id), name, timeText(now - sinceTs));
  }
  const lastSignTs = Math.max(firstEnforcedTs, state.workers.get(worker)?.lastTs ?? 0);
  if (now - lastSignTs < IDLE_BLOCK.silentMs) return undefined;
  const kept = notice.idle(names.block(id), name, scopeText(state, block, wording), timeText(now - firstEnforcedTs));
  return `${kept} ${notice.idleSign(name, timeText(now - lastSignTs))}`;
}

function collisionNotices(state: SessionState, now: number, { texts, names }: Wording): NoticeView[] {
  return [...state.collisions.values()]
    .filter(({ dismissed, lastTs }) => !dismissed && now - lastTs < COLLISION_MS)
    .map((collision): NoticeView => {
      const { pos, file, worker, other, session, lastTs } = collision;
      const { cwd, id: own = '' } = state.session;
      const path = cwd !== undefined && file.startsWith(`${cwd}/`) ? file.slice(cwd.length + 1) : file;
      const agents = [
        { session: own, worker },
        { session: session ?? own, worker: other },
      ];
      const sameSession = session === undefined || session === own;
      const nameOf = (agent: { session: string; worker: string }): string =>
        agent.session !== own
          ? texts.anotherSession
          : agent.worker === CONDUCTOR && !sameSession
            ? names.session
            : names.worker(agent.worker);
      return {
        id: `n${pos}`,
        kind: 'collision',
        text: describeCollision(path, agents.map(nameOf), texts),
        collision: { file: path, path: file, agents },
        ts: lastTs,
        dueTs: lastTs + COLLISION_MS,
        dismiss: pos,
        action: 'compareEdits',
        cause: [file, ...agents.map((agent) => `${agent.session}/${agent.worker}`).toSorted()].join(' '),
      };
    })
    .toReversed();
}

function eventNotice({ pos, kind, text, ts, worker }: Notice): NoticeView {
  return { id: `n${pos}`, kind, text, ts, dismiss: pos, worker };
}
