import { livesInClaude, SESSION } from '#core/fold/kinds.ts';
import type { NewEvent } from '#core/log/append.ts';
import { RESERVED_EVENTS } from '#protocol/eventTraits.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import { refused } from './exit.ts';
import type { Origin } from './origin.ts';

// What Claude and workers may publish. A person at a terminal may publish everything; so may a program of theirs.

const WHO = { claude: 'Claude', worker: 'a worker', person: 'a person' } as const;
const ASK_PERSON = "ask the person to do it in Fermata's panel, or in a terminal of their own";

/** Throws a refusal unless a person calls. `what` ends the sentence "only a person may …". */
export function assertPerson(origin: Origin, what: string): void {
  if (origin.kind === 'person') return;
  throw refused(`only a person may ${what}, and this call comes from ${WHO[origin.kind]}: ${ASK_PERSON}`);
}

/**
 * Whether a caller may act under a name: its own, one that it brings in, or that of a worker which it started or brought
 * in, also through others.
 */
function maySpeakAs(state: SessionState, origin: Origin, name: string): boolean {
  if (origin.kind === 'person' || name === origin.name) return true;
  if (name === USER || name === CONDUCTOR) return false;
  const worker = state.workers.get(name);
  if (worker === undefined) return !isAwaited(state, origin, name);
  return isStartedBy(state, worker, origin.name);
}

/**
 * Whether others wait for a worker of that name, which may still come: for its vote in their ballot, or for its end in a
 * block of theirs or before a planned worker starts.
 */
function isAwaited({ ballots, blocks, workers }: SessionState, { name: own }: Origin, name: string): boolean {
  const ends = [`done:${name}`, `ok:${name}`];
  return (
    [...ballots.values()].some(({ voters, by }) => by !== own && voters?.includes(name) === true) ||
    [...blocks.values()].some(
      ({ worker, ended, until }) =>
        worker !== own && ended === undefined && until.some(({ text }) => ends.includes(text)),
    ) ||
    [...workers.values()].some(({ state, after }) => state === 'planned' && after.some((text) => ends.includes(text)))
  );
}

/** More steps than a line of workers can have. */
const MAX_STEPS = 64;

function isStartedBy(state: SessionState, worker: Worker, name: string | undefined): boolean {
  // a Claude Code session that has joined acts for itself
  if (worker.kind === SESSION) return false;
  let parent = livesInClaude(worker) ? (worker.parent ?? CONDUCTOR) : worker.parent;
  for (let steps = 0; parent !== undefined && steps < MAX_STEPS; steps++) {
    if (parent === name) return true;
    parent = state.workers.get(parent)?.parent;
  }
  return false;
}

/** Throws a refusal if a caller may not act under a name. */
export function assertMaySpeakAs(state: SessionState, origin: Origin, name: string): void {
  if (maySpeakAs(state, origin, name)) return;
  const self = origin.name === undefined ? 'another session' : `"${origin.name}"`;
  if (name === USER) throw refused(`${WHO[origin.kind]} cannot speak as the person at the keyboard; it is ${self}`);
  throw refused(
    `${WHO[origin.kind]} cannot speak as "${name}", which it did not start; it is ${self}: leave out --worker and FERMATA_WORKER, or give a name of its own`,
  );
}

/**
 * Throws a refusal for an event that is not the caller's to publish: one of the person or of Fermata, one in another's
 * name, or the end of what another has published.
 */
export function assertMayPublish(state: SessionState, origin: Origin, event: NewEvent): void {
  if (origin.kind === 'person') return;
  const { t, worker, by, parent } = event;
  const reserved = Object.hasOwn(RESERVED_EVENTS, t) ? RESERVED_EVENTS[t] : undefined;
  if (reserved === 'person')
    throw refused(`"${t}" is the person's word, and this call comes from ${WHO[origin.kind]}: ${ASK_PERSON}`);
  if (reserved === 'fermata') throw refused(`"${t}" is published by Fermata's own hooks and runners alone`);
  if (t === 'abort') assertMayAbort(state, origin, typeof worker === 'string' ? worker : undefined);
  // the worker of an `abort` or a `log` is the one that it concerns
  const names = [t === 'abort' || t === 'log' ? undefined : worker, by, parent];
  for (const name of names) if (typeof name === 'string') assertMaySpeakAs(state, origin, name);
  // a task alone would end the worker that has it
  if (t === 'done' && worker === undefined) throw refused('"done" needs the name of its worker');
  if (t === 'checkpoint' || t === 'ballot') assertMayBegin(state, origin, event);
  if (t === 'resolve') assertMayResolve(state, origin, String(event['block']));
}

/**
 * Claude comes to checkpoints and votes in ballots with others. It does not begin one that a block of others waits for:
 * alone at it, it would end the block by itself.
 */
function assertMayBegin(state: SessionState, origin: Origin, { t, name, ballot }: NewEvent): void {
  if (!isFromClaude(state, origin)) return;
  const [what, isBegun] =
    t === 'checkpoint'
      ? [String(name), state.checkpoints.has(String(name))]
      : [String(ballot), state.ballots.get(String(ballot))?.opened === true];
  if (isBegun) return;
  const conditions = ['checkpoint', 'decided', 'agreed'].map((kind) => `${kind}:${what}`);
  const block = [...state.blocks.values()].find(
    ({ worker, ended, until }) =>
      ended === undefined && worker !== origin.name && until.some(({ text }) => conditions.includes(text)),
  );
  if (block === undefined) return;
  throw refused(
    `${block.id} by ${block.worker} waits for "${what}", and Claude cannot be the one that begins it: ${ASK_PERSON}`,
  );
}

const isFromClaude = (state: SessionState, origin: Origin): boolean =>
  origin.kind !== 'person' && (origin.throughClaude || isClaudes(state, origin));

/** Claude aborts only workers that it has started; a worker that a rule or a person has started may abort others. */
export function assertMayAbort(state: SessionState, origin: Origin, worker: string | undefined): void {
  if (origin.kind === 'person') return;
  const fromClaude = isFromClaude(state, origin);
  if (worker === undefined ? !fromClaude : !fromClaude || maySpeakAs(state, origin, worker)) return;
  const what = worker === undefined ? 'the session' : `${worker}, which others have started`;
  throw refused(`Claude cannot abort ${what}: ${ASK_PERSON}`);
}

/** Claude answers what holds the end of its turn; a worker ends only what is its own. */
export function assertMayResolve(state: SessionState, origin: Origin, block: string): void {
  if (origin.kind !== 'worker') return;
  const known = state.blocks.get(block);
  if (known === undefined || maySpeakAs(state, origin, known.worker)) return;
  throw refused(`${block} holds Claude for ${known.worker}: only Claude or the person can answer it`);
}

/** Whether Claude has started a worker, also through others. */
function isClaudes(state: SessionState, { name = '' }: Origin): boolean {
  const worker = state.workers.get(name);
  return worker !== undefined && isStartedBy(state, worker, CONDUCTOR);
}

/** The events, with the introduction of each name that a caller other than a person brings in: as started by it. */
export function introduced(state: SessionState, origin: Origin, events: NewEvent[]): NewEvent[] {
  if (origin.kind === 'person' || origin.name === undefined) return events;
  const parent = origin.name;
  const known = new Set([CONDUCTOR, USER, parent, ...state.workers.keys()]);
  return events.flatMap((event): NewEvent[] => {
    const { t, worker, by } = event;
    const name = t === 'abort' || t === 'log' ? by : (worker ?? by);
    if (typeof name !== 'string' || known.has(name)) return [event];
    known.add(name);
    return t === 'spawn'
      ? [{ ...event, parent: event['parent'] ?? parent }]
      : [{ t: 'spawn', worker: name, parent }, event];
  });
}
