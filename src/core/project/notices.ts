import type { SessionState } from '../../protocol/state.ts';
import type { NoticeView } from '../../protocol/viewModel.ts';
import { CONDUCTOR } from '../../protocol/ids.ts';
import { COLLISION_MS } from '../fold/collisions.ts';
import { FLOOD, HOOKS_OFTEN } from '../fold/flood.ts';
import { newerFormat } from '../log/newerFormat.ts';
import { shortId } from '../session/shortId.ts';
import { idleBlockNotices } from './idleBlocks.ts';
import { cycles } from './cycles.ts';

/** What a person should know of a session: first what is so of all of it, then what happened, newest first. */
export function noticesOf(state: SessionState, now: number): NoticeView[] {
  return [
    ...formatNotices(state),
    ...planNotices(state),
    ...cycleNotices(state),
    ...floodNotices(state, now),
    ...hooksOftenNotices(state, now),
    ...idleBlockNotices(state, now),
    ...collisionNotices(state, now),
    ...state.notices.map(noticeView).toReversed(),
  ];
}

function formatNotices(state: SessionState): NoticeView[] {
  const newer = newerFormat(state);
  return newer === undefined ? [] : [{ id: 'format', kind: 'log', text: `${newer} Update the extension.` }];
}

/** Plans that wait for the person's word. */
function planNotices(state: SessionState): NoticeView[] {
  return [...state.runs].flatMap(([run, { asks, rule, ts }]): NoticeView[] => {
    if (asks === undefined) return [];
    const workers = asks.workers.map(({ worker, task }) => (task === undefined ? worker : `${worker}: ${task}`));
    const many = workers.length === 1 ? 'a worker' : `${workers.length} workers`;
    const text = `${rule ?? run} wants to start ${many} (${run}): ${workers.join('; ')}`;
    return [{ id: `plan-${run}`, kind: 'plan', text, ts, run, action: 'startPlan' }];
  });
}

/** How long a flood is news after its last line. */
const FLOOD_NEWS_MS = 60_000;

function floodNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.workers.values()].flatMap(({ id, flood }): NoticeView[] => {
    if (flood === undefined || now - flood.ts > FLOOD_NEWS_MS) return [];
    const text = `${id} floods the log: ${flood.lines} lines within ${FLOOD.windowMs / 1000} seconds. Hooks and the panel have to read them all; let it report less often.`;
    return [{ id: `flood-${id}`, kind: 'warning', text, worker: id, ts: flood.ts, action: 'openWorkerLog' }];
  });
}

function hooksOftenNotices(state: SessionState, now: number): NoticeView[] {
  return [...state.workers.values()].flatMap(({ id, hooksOften }): NoticeView[] => {
    if (hooksOften === undefined || now - hooksOften.ts > FLOOD_NEWS_MS) return [];
    const text = `${id} invokes hooks too often: ${hooksOften.count} times within ${HOOKS_OFTEN.windowMs / 1000} seconds, and each costs Claude a moment. Let it use a key, so that news replaces news.`;
    return [{ id: `hooks-${id}`, kind: 'warning', text, worker: id, ts: hooksOften.ts, action: 'openWorkerLog' }];
  });
}

function cycleNotices(state: SessionState): NoticeView[] {
  return cycles(state).map((cycle) => ({
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
      const among = session === undefined;
      const there = session ?? own;
      const one = editorInWords(worker, shortId(own, [there]), among);
      const two = editorInWords(other, shortId(there, [own]), among);
      return {
        id: `n${pos}`,
        kind: 'collision',
        text: `${path} was edited by ${one} and by ${two} within ten minutes. See that neither undoes what the other did.`,
        ts: lastTs,
        dueTs: lastTs + COLLISION_MS,
        dismiss: pos,
        cause: [file, ...[`${own}/${worker}`, `${there}/${other}`].toSorted()].join(' '),
      };
    })
    .toReversed();
}

function editorInWords(agent: string, session: string, among: boolean): string {
  if (among) return agent === CONDUCTOR ? 'the Conductor' : agent;
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
