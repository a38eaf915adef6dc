import { join } from 'node:path';
import { monotonicMs } from '#core/base/clock.ts';
import { statOf } from '#core/base/files/facts.ts';
import { commitOf, mergeCommits, type MergeAnswer } from '#core/base/gitMerge.ts';
import { commitOfRef, headOf, type Checkout, type Head } from '#core/base/gitWorktrees.ts';

/** What may be merged: what is checked out in a checkout, or what `ref` means in its repository. */
export interface Mergeable {
  checkout: Checkout;
  ref?: string;
}

/** Two of one repository. */
export interface MergeablePair<T extends Mergeable = Mergeable> {
  a: T;
  b: T;
}

/** The present commits of a pair, and whether they would merge. */
export type Outlook = { a: Head; b: Head } & MergeAnswer;

interface KnownHead extends Head {
  stamp: string;
  why?: string;
  renewMs: number;
}

/** How long one merge may take, and how much of the time may be spent with merging: a fourth. */
const MERGE_MS = 30_000;
const PAUSE_FACTOR = 3;
/** When it is tried again where git was not looked at. */
const RENEW_MS = 15_000;
const RETRY_MS = 10 * 60_000;
const MAX_ANSWERS = 2000;
const NO_GIT = 'there is no git on PATH';
/** More pairs than this are not looked at. */
const MAX_PAIRS = 200;

export interface ForesightOptions {
  program: (checkout: Checkout) => string | undefined;
  mergeMs?: number;
}

/** Whether branches would merge, one pair after the other in the background, and each pair of commits once. */
export class MergeForesight {
  readonly #options: ForesightOptions;
  readonly #heads = new Map<string, KnownHead>();
  /** By the two commits, and when one that is not known is tried again. */
  readonly #answers = new Map<string, { answer: MergeAnswer; againMs: number }>();
  #running: Promise<void> | undefined;
  #nextMs = 0;

  constructor(options: ForesightOptions) {
    this.#options = options;
  }

  /** Begins one look where one is due. Never throws, and never waits. */
  update(pairs: readonly MergeablePair[]): void {
    const looked = pairs.slice(0, MAX_PAIRS);
    const sides = new Map(looked.flatMap(({ a, b }) => [a, b]).map((side) => [keyOf(side), side]));
    for (const key of this.#heads.keys()) if (!sides.has(key)) this.#heads.delete(key);
    const unread = [...sides.values()].filter((side) => !this.#readFiles(side));
    if (this.#running !== undefined) return;
    const [head] = unread;
    if (head !== undefined) return this.#run(this.#readByGit(head), 0);
    if (monotonicMs() < this.#nextMs) return;
    const due = looked.find((pair) => this.#isDue(pair));
    if (due !== undefined) this.#run(this.#merge(due), PAUSE_FACTOR);
  }

  /** Undefined while that is not known yet. */
  outlookOf(pair: MergeablePair, index: number): Outlook | undefined {
    const [a, b] = [this.#heads.get(keyOf(pair.a)), this.#heads.get(keyOf(pair.b))];
    const heads = { a: plain(a), b: plain(b) };
    if (index >= MAX_PAIRS) return { ...heads, answer: 'unknown', why: `more than ${MAX_PAIRS} pairs of branches` };
    if (a === undefined || b === undefined) return undefined;
    const why = a.why ?? b.why;
    if (why !== undefined) return { ...heads, answer: 'unknown', why };
    const known = this.#answers.get(commitsOf(pair, a, b));
    return known && { ...heads, ...known.answer };
  }

  #run(look: Promise<void>, pauseFactor: number): void {
    const began = monotonicMs();
    this.#running = look.finally(() => {
      this.#running = undefined;
      this.#nextMs = monotonicMs() + pauseFactor * (monotonicMs() - began);
    });
  }

  /** Reads a head from git's own files, if anything there has changed; false where git has to be run for it. */
  #readFiles(side: Mergeable): boolean {
    const key = keyOf(side);
    const known = this.#heads.get(key);
    const stamp = stampOf(side, known);
    if (known?.stamp === stamp && (known.why === undefined || monotonicMs() < known.renewMs)) return true;
    const { checkout, ref } = side;
    const commit = ref === undefined ? undefined : commitOfRef(checkout.common, ref);
    const head = ref === undefined ? headOf(checkout) : { ...(commit !== undefined && { commit }) };
    if (head.commit === undefined) return false;
    const renewed = { ...head, renewMs: Infinity };
    this.#heads.set(key, { ...renewed, stamp: stampOf(side, head) });
    return true;
  }

  async #readByGit(side: Mergeable): Promise<void> {
    const { checkout, ref = 'HEAD' } = side;
    const program = this.#options.program(checkout);
    const branch = side.ref === undefined ? headOf(checkout) : {};
    const stamp = stampOf(side, branch);
    const found = program === undefined ? { why: NO_GIT } : await commitOf({ root: checkout.root, program }, ref);
    // what is not kept in files shows in none of them
    this.#heads.set(keyOf(side), { ...branch, ...found, stamp, renewMs: monotonicMs() + RENEW_MS });
  }

  #isDue(pair: MergeablePair): boolean {
    const [a, b] = [this.#heads.get(keyOf(pair.a)), this.#heads.get(keyOf(pair.b))];
    if (a?.commit === undefined || b?.commit === undefined) return false;
    const known = this.#answers.get(commitsOf(pair, a, b));
    return known === undefined || monotonicMs() > known.againMs;
  }

  async #merge(pair: MergeablePair): Promise<void> {
    const { checkout } = pair.a;
    const [a, b] = [this.#heads.get(keyOf(pair.a)), this.#heads.get(keyOf(pair.b))];
    const program = this.#options.program(checkout);
    if (a?.commit === undefined || b?.commit === undefined) return;
    const key = commitsOf(pair, a, b);
    const timeoutMs = this.#options.mergeMs ?? MERGE_MS;
    const answer: MergeAnswer =
      program === undefined
        ? { answer: 'unknown', why: NO_GIT }
        : await mergeCommits({ root: checkout.root, program, timeoutMs }, checkout.common, [a.commit, b.commit]);
    const againMs = answer.answer === 'unknown' ? monotonicMs() + RETRY_MS : Infinity;
    this.#answers.delete(key);
    this.#answers.set(key, { answer, againMs });
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ANSWERS && oldest !== undefined) this.#answers.delete(oldest);
  }
}

const keyOf = ({ checkout, ref = '' }: Mergeable): string => `${checkout.root}\0${ref}`;

const plain = ({ branch, commit }: Head = {}): Head => ({
  ...(branch !== undefined && { branch }),
  ...(commit !== undefined && { commit }),
});

const commitsOf = ({ a }: MergeablePair, first: Head, second: Head): string =>
  [a.checkout.common, ...[first.commit ?? '', second.commit ?? ''].toSorted()].join(' ');

/** Changes with each commit, each checkout of another branch, and each change of refs. */
function stampOf({ checkout, ref }: Mergeable, { branch }: Head = {}): string {
  const { own, common } = checkout;
  const name = ref ?? (branch === undefined ? undefined : `refs/heads/${branch}`);
  const files = [
    ...(ref === undefined ? [join(own, 'HEAD'), join(own, 'logs', 'HEAD')] : []),
    ...(name === undefined ? [] : [join(common, name)]),
    join(common, 'packed-refs'),
    join(common, 'reftable', 'tables.list'),
    join(own, 'reftable', 'tables.list'),
  ];
  return files
    .map((path) => {
      const stats = statOf(path);
      return stats === undefined ? '-' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
    })
    .join(' ');
}
