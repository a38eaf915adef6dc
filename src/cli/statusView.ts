import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { formatEstimate } from '#protocol/duration.ts';
import { isMadeId } from '#core/projection/names.ts';
import { fermataHome } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import type { SessionLink } from '#core/machines/sessionLink.ts';
import type { Call } from './verb.ts';

/** What a view of a session needs besides its log. */
export function viewContext({ io }: Call, dir: string): { now: number; silentSeconds: number; live: boolean } {
  const info = readSessionInfo(dir);
  const settings = loadSettings(fermataHome(io.env), info?.project);
  return { now: io.now(), silentSeconds: settings['workers.silentSeconds'], live: isSessionLive(info) !== false };
}

/** The object that `status --json` prints; its property names are a stable interface. */
export function statusJson(view: ViewModel, state: SessionState, link?: SessionLink): Record<string, unknown> {
  return {
    session: view.session.id,
    events: state.events,
    conductor: view.session.conductor,
    live: view.session.live,
    background: view.session.background ?? false,
    usage: view.session.usage ?? null,
    workers: view.workers.map(
      ({ id, state, task, parent, progress, pid, run, machine, after, problem, waitingFor, silent }) => ({
        id,
        state,
        task: task ?? null,
        parent: parent ?? null,
        progress: { pct: progress?.pct ?? null, etaMs: progress?.etaMs ?? null, message: progress?.message ?? null },
        pid: pid ?? null,
        run: run ?? null,
        machine: machine ?? null,
        after,
        problem: problem ?? null,
        waitingFor: waitingFor ?? null,
        silent,
      }),
    ),
    blocks: view.blocks.map(
      ({ id, event, worker, reason, match, standing, endsWhen, stuck, deniedCount, cleared }) => ({
        id,
        event,
        worker,
        reason,
        match: match ?? null,
        standing,
        endsWhen: endsWhen ?? null,
        stuck: stuck?.why ?? null,
        deniedCount,
        cleared: cleared ?? null,
      }),
    ),
    asks: view.asks.map(({ id, tool, summary, sinceTs, worker }) => ({
      id,
      tool,
      summary,
      sinceTs,
      worker: worker ?? null,
    })),
    ballots: view.ballots.map(({ name, quorum, votes, decided, question }) => ({
      id: name,
      question: question ?? null,
      quorum: quorum ?? null,
      votes: Object.fromEntries(votes.map((v) => [v.worker, v.decision])),
      decided: decided?.decision ?? null,
      why: decided?.why ?? null,
    })),
    locks: view.locks.map(({ resource, mode, holders, waiters }) => ({
      resource,
      mode,
      holder: holders[0]?.worker ?? null,
      holders: holders.map((h) => h.worker),
      token: holders[0]?.token ?? null,
      waiters: waiters.map((w) => w.worker),
    })),
    checkpoints: view.checkpoints,
    notices: view.notices,
    damaged: view.damaged.total,
    link: link ?? null,
  };
}

/** The text that `status` prints: requests and active blocks first, then workers. */
export function statusText(view: ViewModel): string {
  const { session, asks, blocks, workers, ballots, locks, checkpoints, notices, damaged } = view;
  const location = session.cwd === undefined ? '' : ` in ${session.cwd}`;
  const reason = session.conductor.reason === undefined ? '' : ` (${session.conductor.reason})`;
  const nameOf = (id: string): string => nameInText(view, id);
  const state = `${session.conductor.state}${session.background === true ? ' in the background' : ''}${reason}`;
  const lines = [`${session.name}${location}: Claude is ${state}  [${session.id}]`];
  for (const a of asks)
    lines.push(
      `? ${a.worker === undefined ? 'Claude' : nameOf(a.worker)} asks for your permission: ${a.tool} ${a.summary}`,
    );
  for (const b of blocks.filter((one) => one.standing))
    lines.push(`${b.id} ${nameOf(b.worker)} blocks ${b.concerns}: ${b.reason}${blockEnd(b)}`);
  for (const w of workers) lines.push(workerLine(w));
  for (const b of ballots) {
    const votes = b.votes.map((v) => `${nameOf(v.worker)} ${v.decision}`).join(', ') || 'no votes';
    lines.push(`ballot ${b.name}: ${votes}${b.decided === undefined ? '' : `; decided: ${b.decided.decision}`}`);
  }
  for (const l of locks) {
    const waiting = l.waiters.length === 0 ? '' : `, waiting: ${l.waiters.map((w) => nameOf(w.worker)).join(', ')}`;
    lines.push(`lock ${l.resource}: ${l.holders.map((h) => nameOf(h.worker)).join(', ') || 'free'}${waiting}`);
  }
  for (const c of checkpoints)
    lines.push(
      `checkpoint ${c.name}: ${c.arrived.map(nameOf).join(', ')}${c.missing.length === 0 ? '' : `; missing: ${c.missing.map(nameOf).join(', ')}`}`,
    );
  for (const n of notices.filter((one) => one.kind === 'escalation' || one.kind === 'cycle')) lines.push(`! ${n.text}`);
  if (damaged.total > 0) lines.push(`${damaged.total} damaged ${damaged.total === 1 ? 'line' : 'lines'} skipped`);
  return lines.join('\n');
}

function blockEnd({ endsWhen, stuck }: ViewModel['blocks'][number]): string {
  if (stuck !== undefined) return ` [stuck: ${stuck.why}; it stands until you release it]`;
  return endsWhen === undefined ? '' : ` [until ${endsWhen}]`;
}

/** An agent in a line: by the short id that commands take, unless a machine has made that. */
function nameInText({ workers }: ViewModel, id: string): string {
  const worker = workers.find((each) => each.id === id);
  return worker === undefined || !isMadeId(id) ? id : worker.name;
}

function workerLine({
  id,
  name,
  state,
  task,
  progress,
  waitingFor,
  problem,
  silent,
  machine,
}: ViewModel['workers'][number]): string {
  const parts = [
    machine === undefined ? undefined : `on ${machine}`,
    progress?.pct === undefined ? undefined : `${Math.round(progress.pct)}%`,
    progress?.etaMs === undefined ? undefined : `ETA ${formatEstimate(progress.etaMs)}`,
    waitingFor === undefined ? undefined : `waits for ${waitingFor}`,
    silent ? 'silent' : undefined,
    problem ?? progress?.message,
  ];
  const made = isMadeId(id);
  return [made ? name : id, state, made ? undefined : task, ...parts, made ? `[${id}]` : undefined]
    .filter((part) => part !== undefined && part !== '')
    .join('  ');
}
