import { basename } from 'node:path';
import { commitOfRef, headOf, otherWorktrees, checkoutOf, type Checkout } from '#core/base/gitWorktrees.ts';
import { isCalled, mergeName, mergeReadings } from '#core/fold/mergePairs.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Mergeable, MergeablePair } from './mergeForesight.ts';

/** An agent at work. */
export interface Working {
  session: string;
  agent: string;
  name: string;
}

/** What may be merged, the agents that work on it, and by what names conditions may call it. */
export interface MergePlace extends Mergeable {
  agents: readonly Working[];
  names: readonly string[];
}

export type PlacePair = MergeablePair<MergePlace>;

/** Fewer digits are not taken for a commit. */
const COMMIT = /^[0-9a-f]{7,64}$/;

/** The checkouts in which agents work, each once. */
export function workPlaces(working: readonly (Working & { checkout: Checkout })[]): MergePlace[] {
  const places = new Map<string, { checkout: Checkout; agents: Working[] }>();
  for (const { checkout, session, agent, name } of working) {
    const place = places.get(checkout.root) ?? { checkout, agents: [] };
    places.set(checkout.root, place);
    if (!place.agents.some((each) => each.session === session && each.agent === agent))
      place.agents.push({ session, agent, name });
  }
  return [...places.values()].map(({ checkout, agents }) => placeAt(checkout, agents));
}

function placeAt(checkout: Checkout, agents: readonly Working[], ...others: string[]): MergePlace {
  const { branch } = headOf(checkout);
  const own = agents.flatMap(({ agent, name }) => (agent === CONDUCTOR ? [name] : [agent, name]));
  const names = [...(branch === undefined ? [] : [branch]), basename(checkout.root), ...own, ...others];
  return { checkout, agents, names: [...new Set(names)] };
}

/** The pairs of one repository in whose two checkouts different agents work. */
export function livePairs(places: readonly MergePlace[]): PlacePair[] {
  const sorted = places.toSorted((a, b) => (a.checkout.root < b.checkout.root ? -1 : 1));
  return sorted.flatMap((a, i) =>
    sorted
      .slice(i + 1)
      .filter((b) => a.checkout.common === b.checkout.common && areTwo(a, b))
      .map((b) => ({ a, b })),
  );
}

/** Whether more than one agent works in the two. */
const areTwo = (a: MergePlace, b: MergePlace): boolean =>
  new Set([...a.agents, ...b.agents].map(({ session, agent }) => `${session} ${agent}`)).size > 1;

/** The pairs that a condition means in the repository of `checkout`, whether or not anything works there. */
export function awaitedPairs(text: string, checkout: Checkout, places: readonly MergePlace[]): PlacePair[] {
  const own = places.filter((place) => place.checkout.common === checkout.common);
  const find = (name: string): MergePlace | undefined => placeCalled(name, checkout, own);
  const readings = mergeReadings(text);
  for (const [first, second] of readings) {
    const [a, b] = [find(first), find(second)];
    if (a !== undefined && b !== undefined) return [{ a, b }];
  }
  const name = mergeName(text);
  const single = find(name);
  if (single !== undefined)
    return own.filter((b) => b.checkout.root !== single.checkout.root).map((b) => ({ a: single, b }));
  const [first, second] = readings[0] ?? [];
  if (first === undefined || second === undefined) return [];
  const branch = (each: string): MergePlace => refPlace(checkout, `refs/heads/${each}`, each);
  return [{ a: find(first) ?? branch(first), b: find(second) ?? branch(second) }];
}

/** A checkout in which agents work, another worktree, a branch, or a commit. */
function placeCalled(name: string, checkout: Checkout, places: readonly MergePlace[]): MergePlace | undefined {
  const live = places.find((place) => isCalled({ names: [...place.names] }, name));
  if (live !== undefined) return live;
  const worktrees = [checkout.root, ...otherWorktrees(checkout.root)].flatMap((root) => checkoutOf(root) ?? []);
  const place = worktrees.map((each) => placeAt(each, [])).find(({ names }) => names.includes(name));
  if (place !== undefined) return place;
  if (commitOfRef(checkout.common, `refs/heads/${name}`) !== undefined)
    return refPlace(checkout, `refs/heads/${name}`, name);
  return COMMIT.test(name) ? refPlace(checkout, name, name) : undefined;
}

const refPlace = (checkout: Checkout, ref: string, name: string): MergePlace => ({
  checkout,
  ref,
  agents: [],
  names: [name],
});
