import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { formatDuration, formatEstimate } from '#protocol/duration.ts';
import { roomName } from '#core/fold/rooms.ts';
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
      machines: holders.map((h) => h.machine ?? null),
      token: holders[0]?.token ?? null,
      waiters: waiters.map((w) => w.worker),
    })),
    checkpoints: view.checkpoints,
    proofs: view.proofs ?? [],
    merges: view.merges ?? [],
    notices: view.notices,
    damaged: view.damaged.total,
    link: link ?? null,
  };
}

/** The text that `status` prints: requests and active blocks first, then workers. */
export function statusText(view: ViewModel, now: number): string {
  const { session, asks, blocks, workers, ballots, locks, checkpoints, notices, damaged } = view;
  const where = session.machine === undefined ? '' : ` on ${session.machine}`;
  const location = session.cwd === undefined ? where : ` in ${session.cwd}${where}`;
  const reason = session.conductor.reason === undefined ? '' : ` (${session.conductor.reason})`;
  const nameOf = (id: string): string => nameInText(view, id);
  const from = ({ worker, machine }: { worker: string; machine?: string }): string =>
    machine === undefined ? nameOf(worker) : `${nameOf(worker)} (${machine})`;
  const state = `${session.conductor.state}${session.background === true ? ' in the background' : ''}${reason}`;
  const who =
    roomName(session.id) === undefined ? `Claude is ${state}` : `a room, ${state === 'ended' ? 'closed' : 'open'}`;
  const lines = [`${session.name}${location}: ${who}  [${session.id}]`];
  for (const a of asks)
    lines.push(
      `? ${a.worker === undefined ? 'Claude' : nameOf(a.worker)} asks for your permission: ${a.tool} ${a.summary}`,
    );
  for (const b of blocks.filter((one) => one.standing))
    lines.push(`${b.id} ${nameOf(b.worker)} blocks ${b.concerns}: ${b.reason}${blockEnd(b)}`);
  for (const w of workers) lines.push(workerLine(w, now));
  for (const b of ballots) {
    const votes = b.votes.map((v) => `${from(v)} ${v.decision}`).join(', ') || 'no votes';
    lines.push(`ballot ${b.name}: ${votes}${b.decided === undefined ? '' : `; decided: ${b.decided.decision}`}`);
  }
  for (const l of locks) {
    const waiting = l.waiters.length === 0 ? '' : `, waiting: ${l.waiters.map(from).join(', ')}`;
    lines.push(`lock ${l.resource}: ${l.holders.map(from).join(', ') || 'free'}${waiting}`);
  }
  for (const c of checkpoints)
    lines.push(
      `checkpoint ${c.name}: ${c.arrived.map(nameOf).join(', ')}${c.missing.length === 0 ? '' : `; missing: ${c.missing.map(nameOf).join(', ')}`}`,
    );
  for (const p of view.proofs ?? [])
    lines.push(`proof ${p.command}: ${p.state === 'shown' ? '' : 'not shown: '}${p.text}`);
  for (const { name, state: known, text } of view.merges ?? [])
    lines.push(`merge: ${known === 'unknown' && !text.startsWith(name) ? `${name}: ` : ''}${text}`);
  for (const n of notices.filter((one) => one.kind === 'escalation' || one.kind === 'cycle')) lines.push(`! ${n.text}`);
  const { link } = session;
  if (link !== undefined) lines.push(link.why === undefined ? link.text : `${link.text} (${link.why})`);
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

function workerLine(worker: ViewModel['workers'][number], now: number): string {
  const { id, name, state, task, progress, waitingFor, problem, silent, machine } = worker;
  const parts = [
    machine === undefined ? undefined : `on ${machine}`,
    unheardText(worker, now),
    progress?.pct === undefined ? undefined : `${Math.round(progress.pct)}%`,
    progress?.etaMs === undefined ? undefined : `ETA ${formatEstimate(progress.etaMs)}`,
    waitingFor === undefined ? undefined : `waits for ${waitingFor}`,
    silent ? 'silent' : undefined,
    worker.conflict,
    problem ?? progress?.message,
  ];
  const made = isMadeId(id);
  return [made ? name : id, state, made ? undefined : task, ...parts, made ? `[${id}]` : undefined]
    .filter((part) => part !== undefined && part !== '')
    .join('  ');
}

/** Of a worker whose machine is not heard: since when, and that its end was asked for. */
function unheardText(
  { machine = '', lastHeardTs, aborting }: ViewModel['workers'][number],
  now: number,
): string | undefined {
  if (lastHeardTs === undefined) return undefined;
  const time = lastHeardTs === 0 ? undefined : formatDuration(Math.max(0, now - lastHeardTs));
  if (aborting === true) return `asked to end; ${machine} not heard${time === undefined ? '' : ` for ${time}`}`;
  return time === undefined ? 'never heard' : `last heard ${time} ago`;
}
