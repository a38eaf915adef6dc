/**
 * Proofs: that a command was seen to end with 0 after the last edit of what it covers. The conditions `proven:` wait for them, and
 * hold only while they do: an edit takes a proof away. Hooks and runners see the commands; here is only what they have written.
 */
import type { EventOf } from '#protocol/event.ts';
import type { Proof, SessionState, Worker } from '#protocol/state.ts';
import { indexOf } from './foldIndex.ts';
import { COUNTS, mayStep } from './limits.ts';
import { awaitedProofs, covers, isProven, provableOf } from './provable.ts';
import { pathName } from './resources.ts';
import { addFacts, assignDefined, type EventPosition } from './state.ts';

/** Whether a line may look at all that waits. */
function mayLook(state: SessionState, at: EventPosition): boolean {
  if (!mayStep(state, at)) return false;
  state.steps += state.blocks.size + state.watches.size + state.workers.size;
  return true;
}

/** The awaited conditions that are not proven as a worker reports `done`; undefined if there are none. */
export function unprovenAtEnd(state: SessionState, at: EventPosition): string[] | undefined {
  const unproven = mayLook(state, at) ? [...awaitedProofs(state)].filter((of) => !isProven(state, of)) : [];
  return unproven.length === 0 ? undefined : unproven;
}

function proofOf(state: SessionState, of: string): Proof {
  const known = state.proofs.get(of);
  if (known !== undefined) return known;
  const [oldest] = state.proofs.keys();
  if (state.proofs.size >= COUNTS.proofs && oldest !== undefined) state.proofs.delete(oldest);
  const added: Proof = { held: false };
  state.proofs.set(of, added);
  return added;
}

/** An awaited command was seen to end, or to go to the background (`task`). */
export function onRan(state: SessionState, event: EventOf<'ran'>, at: EventPosition): void {
  const { of, code, hidden, worker, ms = 0, tree, task } = event;
  if (!state.proofs.has(of) && !indexOf(state).dependents.has(of)) return;
  if (provableOf(of) === undefined) return;
  const proof = proofOf(state, of);
  const sinceTs = at.ts - ms;
  if (task !== undefined && code === undefined) {
    proof.running = assignDefined<NonNullable<Proof['running']>>({ task, sinceTs }, { tree, worker });
    return;
  }
  // an exit code that shows nothing of the command takes nothing away either
  if (hidden !== undefined) {
    proof.hidden = { pos: at.pos, ts: at.ts, why: hidden };
    return;
  }
  settle(of, proof, { code: code ?? -1, sinceTs, tree, worker }, at);
}

type Run = NonNullable<Proof['run']>;
type Edit = NonNullable<Proof['edited']>;
type Seen = Pick<Run, 'code' | 'sinceTs'> & { tree: string | undefined; worker: string | undefined };

function settle(of: string, proof: Proof, run: Seen, at: EventPosition): void {
  const { code, sinceTs, tree, worker } = run;
  // what was edited while it ran, it has not seen
  const mixed = (proof.edited !== undefined && proof.edited.ts > sinceTs) || undefined;
  proof.run = assignDefined<Run>({ pos: at.pos, ts: at.ts, sinceTs, code }, { tree, worker, mixed });
  delete proof.hidden;
  if (mixed === undefined) delete proof.edited;
  hold(proof, of, code === 0 && mixed === undefined, at);
}

function hold(proof: Proof, of: string, held: boolean, at: EventPosition): void {
  if (proof.held === held) return;
  proof.held = held;
  addFacts(at, of);
}

/** Files were edited: the conditions that cover them have to be shown anew. */
export function onEdited(state: SessionState, { path, worker }: EventOf<'edited'>, at: EventPosition): void {
  const name = path === undefined ? undefined : pathName(path, state.session);
  const concerned = new Set(state.proofs.keys());
  // what has not run yet may be running
  if (mayLook(state, at)) for (const of of awaitedProofs(state)) concerned.add(of);
  for (const of of concerned) {
    const provable = provableOf(of);
    if (provable !== undefined && covers(provable, name)) edit(proofOf(state, of), of, { path: name, worker }, at);
  }
}

function edit(
  proof: Proof,
  of: string,
  by: { path?: string | undefined; worker?: string | undefined },
  at: EventPosition,
): void {
  proof.edited = assignDefined<Edit>({ pos: at.pos, ts: at.ts }, by);
  hold(proof, of, false, at);
}

/** The files that a condition covers were looked at: what was shown is, where they are as they were then, and is not where they are not. */
export function onTree(state: SessionState, { of, tree }: EventOf<'tree'>, at: EventPosition): void {
  const proof = state.proofs.get(of);
  const run = proof?.run;
  if (proof === undefined || run?.tree === undefined || run.code !== 0 || run.mixed === true) return;
  if (run.tree !== tree) return proof.held ? edit(proof, of, {}, at) : undefined;
  delete proof.edited;
  hold(proof, of, true, at);
}

/** A task in the background has ended that runs such a command. */
export function endProofRuns(
  state: SessionState,
  { id, state: how, lastMessage = '' }: Worker,
  at: EventPosition,
): void {
  for (const [of, proof] of state.proofs) {
    const { running } = proof;
    if (running?.task !== id) continue;
    delete proof.running;
    if (how !== 'done' && how !== 'failed') continue;
    const [, code = how === 'done' ? '0' : '1'] = /\(exit code (\d+)\)\s*$/.exec(lastMessage) ?? [];
    const { sinceTs, tree, worker } = running;
    settle(of, proof, { code: Number(code), sinceTs, tree, worker }, at);
  }
}
