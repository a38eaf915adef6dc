import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { awaitedNames, parseCondition } from './conditions.ts';
import { endsWithWorker, isTimed } from './queries.ts';

/** What waits for the end of something else: a block that stands, or a planned worker. */
type Waiter = Block | Worker;

/** The names of a ring in their order; of a large one its beginning. */
export interface RingOfWaits {
  names: string[];
  isWhole: boolean;
}

interface Ring {
  members: Set<Waiter>;
  /** No block is in it. */
  ofWorkers: boolean;
}

/** A ring with more members than this is not looked through for its shortest way round; of its names so many are enough. */
const MAX_SEARCHED = 20;

const known = new WeakMap<SessionState, { events: number; rings: Map<Waiter, Ring> }>();

/**
 * The blocks and planned workers that a block is in a ring with: each waits for the next one, and the last for the first, so
 * that none of them can be the first to end. Begins with the block. Also a ring of planned workers that the block waits for,
 * since no block is in it that a person would release. Undefined where there is none.
 */
export function ringOf(state: SessionState, block: Block): RingOfWaits | undefined {
  let found = known.get(state);
  if (found?.events !== state.events) known.set(state, (found = { events: state.events, rings: findRings(state) }));
  const { members } = found.rings.get(block) ?? {};
  const [first] = members ?? [];
  if (members === undefined || first === undefined) return undefined;
  const { way, isWhole } = wayRound(state, members.has(block) ? block : first, members);
  return { names: way.map(({ id }) => id), isWhole };
}

/** The waiters that one waits for. A block that ends by its time waits for none of them. */
export function awaitedBy(state: SessionState, waiter: Waiter): Waiter[] {
  if (!('cause' in waiter)) return waiter.after.flatMap((text) => named(state, text, [], waiter));
  if (isTimed(waiter)) return [];
  if (waiter.until.length === 0 && endsWithWorker(waiter)) return planned(state, waiter.worker);
  return waiter.until.flatMap((condition) =>
    condition.met ? [] : named(state, condition.text, awaitedNames(condition), undefined),
  );
}

function named(state: SessionState, text: string, names: readonly string[], self: Worker | undefined): Waiter[] {
  if (self !== undefined && (text === 'done' || text === 'ok')) return [self];
  const { kind, name } = parseCondition(text);
  if (kind === 'clear') {
    const block = state.blocks.get(name);
    return block === undefined || block.ended !== undefined ? [] : [block];
  }
  if (kind !== 'done' && kind !== 'ok') return [];
  return (self === undefined ? names : [name]).flatMap((each) => planned(state, each));
}

function planned(state: SessionState, id: string): Worker[] {
  const worker = state.workers.get(id);
  return worker?.state === 'planned' ? [worker] : [];
}

/** A waiter on the way that the search has come by. */
interface Node {
  waiter: Waiter;
  order: number;
  /** The earliest waiter on the way that is reached from here. */
  low: number;
  awaited: Waiter[];
  next: number;
}

/**
 * The rings of waits: the strongly connected components of their graph, by Tarjan's algorithm, without recursion, since a
 * chain of waits may be long.
 */
function findRings(state: SessionState): Map<Waiter, Ring> {
  const rings = new Map<Waiter, Ring>();
  const nodes = new Map<Waiter, Node>();
  const open: Node[] = [];
  const isOpen = new Set<Waiter>();
  const way: Node[] = [];
  const enter = (waiter: Waiter): void => {
    const node = { waiter, order: nodes.size, low: nodes.size, awaited: awaitedBy(state, waiter), next: 0 };
    nodes.set(waiter, node);
    open.push(node);
    isOpen.add(waiter);
    way.push(node);
  };
  const leave = (node: Node): void => {
    const before = way.at(-1);
    if (before !== undefined) before.low = Math.min(before.low, node.low);
    if (node.low !== node.order) return;
    const members = new Set<Waiter>();
    for (let last = open.pop(); last !== undefined; last = last === node ? undefined : open.pop()) {
      isOpen.delete(last.waiter);
      members.add(last.waiter);
    }
    const isRing = members.size > 1 || node.awaited.includes(node.waiter);
    const ofWorkers = ![...members].some((member) => 'cause' in member);
    const awaited = node.awaited
      .map((each) => ('cause' in each ? undefined : rings.get(each)))
      .find((ring) => ring?.ofWorkers);
    const ring = isRing ? { members, ofWorkers } : awaited;
    if (ring !== undefined) for (const member of members) rings.set(member, ring);
  };
  for (const block of state.blocks.values()) {
    if (block.ended !== undefined || nodes.has(block)) continue;
    enter(block);
    for (let node = way.at(-1); node !== undefined; node = way.at(-1)) {
      const awaited = node.awaited[node.next++];
      const seen = awaited && nodes.get(awaited);
      if (awaited === undefined) {
        way.pop();
        leave(node);
      } else if (seen === undefined) enter(awaited);
      else if (isOpen.has(awaited)) node.low = Math.min(node.low, seen.order);
    }
  }
  return rings;
}

/** A way from a member of a ring back to itself; of a large ring its beginning. */
function wayRound(
  state: SessionState,
  start: Waiter,
  members: ReadonlySet<Waiter>,
): { way: Waiter[]; isWhole: boolean } {
  if (members.size > MAX_SEARCHED) return { way: beginning(state, start, members), isWhole: false };
  const cameFrom = new Map<Waiter, Waiter>();
  const reached = [start];
  for (const waiter of reached)
    for (const awaited of awaitedBy(state, waiter)) {
      if (awaited === start) return { way: wayTo(waiter, start, cameFrom), isWhole: true };
      if (!members.has(awaited) || cameFrom.has(awaited)) continue;
      cameFrom.set(awaited, waiter);
      reached.push(awaited);
    }
  return { way: reached, isWhole: false };
}

function beginning(state: SessionState, start: Waiter, members: ReadonlySet<Waiter>): Waiter[] {
  const way = [start];
  for (let at: Waiter | undefined = start; at !== undefined && way.length < MAX_SEARCHED; way.push(at)) {
    at = awaitedBy(state, at).find((awaited) => members.has(awaited));
    if (at === undefined) break;
  }
  return way;
}

function wayTo(end: Waiter, start: Waiter, cameFrom: ReadonlyMap<Waiter, Waiter>): Waiter[] {
  const way = [end];
  for (let at = end; at !== start;) {
    at = cameFrom.get(at) ?? start;
    way.unshift(at);
  }
  return way;
}
