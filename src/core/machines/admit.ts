import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { truncate } from '#core/base/text.ts';
import type { SessionState } from '#protocol/state.ts';

/** What a machine may publish: as its own workers, or for a person who sits there as well. */
export type MachineRole = 'worker' | 'person';

/** A machine that publishes to a session seated here. */
export interface Sender {
  machine: string;
  role: MachineRole;
}

/** What only the seat itself writes. */
const OF_SEAT: ReadonlySet<string> = new Set(['open', 'expire', 'taken', 'uncommitted', 'mergeable']);

/** What is of the session's Claude, or of a person. */
const OF_PERSON: ReadonlySet<string> = new Set([
  'session',
  'turn',
  'end',
  'prompt',
  'plan',
  'consent',
  'decide',
  'deny',
  'resolve',
  'dismiss',
]);

/** Events of Claude itself where they name no agent. */
const OF_AGENT: ReadonlySet<string> = new Set(['tool', 'denied', 'held', 'launch']);

/** What an event names may be any text. */
const MAX_NAME_CHARS = 64;

type Fields = Record<string, unknown>;

/**
 * Why a line of another machine is refused, in a few words for people; undefined where it counts. A worker belongs to the
 * machine that its plan names or that was first to publish as it; one that is not known yet may become that of any machine, and
 * those of the seat belong to the seat. The event has been validated.
 */
export function refusal(state: SessionState, sender: Sender, event: Fields): string | undefined {
  const t = event['t'] as string;
  if (OF_SEAT.has(t)) return `${t}: only the seat writes it`;
  const isPerson = sender.role === 'person';
  const actors = actorsOf(state, event);
  const isOwn = (name: string): boolean => isOf(state, name, sender);
  // once the session is aborted its workers are, each by the one who aborted the session
  if (
    t === 'abort' &&
    typeof event['worker'] === 'string' &&
    isOwn(event['worker']) &&
    event['by'] === state.aborted?.by
  )
    return undefined;
  const foreign = actors.find((name) => !isOwn(name) && !(isPerson && (name === USER || name === CONDUCTOR)));
  if (foreign !== undefined) return `${t} as ${truncate(foreign, MAX_NAME_CHARS)}`;
  if (isPerson) return undefined;
  if (OF_PERSON.has(t)) return `${t}: only a person's machine may`;
  if (t === 'unblock' && event['call'] !== undefined) return 'unblock of a call';
  if (t === 'abort' && event['worker'] === undefined) return 'abort of the session';
  const victim = t === 'abort' || t === 'release' ? event['worker'] : undefined;
  return typeof victim === 'string' && !isOf(state, victim, sender) ? `${t} of ${victim}` : undefined;
}

/** The most workers of one machine in a session: so it cannot take the places of all others. */
const MAX_WORKERS = 1000;

/** Counts the workers that a machine brings into a session, over lines that are not in its state yet. */
export class NewWorkers {
  readonly #state: SessionState;
  readonly #machine: string;
  readonly #names = new Set<string>();
  #known: number | undefined;

  constructor(state: SessionState, { machine }: Sender) {
    this.#state = state;
    this.#machine = machine;
  }

  /** Why a line that names a further worker is refused; undefined where it names none, or one that may be. */
  refusal(event: Fields): string | undefined {
    const { workers } = this.#state;
    for (const name of actorsOf(this.#state, event)) {
      if (workers.has(name) || this.#names.has(name) || name === USER || name === CONDUCTOR) continue;
      this.#known ??= [...workers.values()].filter(({ machine }) => machine === this.#machine).length;
      if (this.#known + this.#names.size >= MAX_WORKERS) return `more than ${MAX_WORKERS} workers of one machine`;
      this.#names.add(name);
    }
    return undefined;
  }
}

/** Whether a worker is one of that machine, or of none yet. */
function isOf(state: SessionState, worker: string, { machine }: Sender): boolean {
  if (worker === USER || worker === CONDUCTOR) return false;
  const known = state.workers.get(worker);
  return known === undefined || known.machine === machine;
}

/** The names in which an event is published. */
function actorsOf(state: SessionState, event: Fields): string[] {
  const { t, worker, by, agent, task } = event;
  const named = (...names: unknown[]): string[] => names.filter((name) => typeof name === 'string');
  if (t === 'abort') return named(by);
  // the hooks of a Claude close what it has asked for, by whomever that was answered; an answer to nothing has no effect
  if (t === 'answer') return asked(state, event['ask']);
  if (t === 'release') return named(by ?? worker);
  if (t === 'done' && worker === undefined) return workersOfTask(state, task);
  if (t === 'claim' || t === 'delivered') return named(state.notes.get(event['ref'] as number)?.to);
  if (OF_AGENT.has(t as string)) return named(agent ?? CONDUCTOR, by);
  if (t === 'ask' || t === 'usage') return named(worker ?? CONDUCTOR);
  return named(worker, by);
}

/** A `done` without a worker ends the one that has the task. */
const workersOfTask = ({ workers }: SessionState, task: unknown): string[] =>
  [...workers.values()].filter((worker) => worker.task === task && worker.endedTs === undefined).map(({ id }) => id);

/** Whose request an answer closes; none where there is no such request. */
function asked({ asks }: SessionState, id: unknown): string[] {
  const ask = asks.get(id as string);
  return ask === undefined ? [] : [ask.worker ?? CONDUCTOR];
}
