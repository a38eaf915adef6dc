/** Counters of branches, put into the code by instrument.mjs. */
interface Instrumented {
  __edges: Uint8Array;
  __files: { from: number; to: number; words: string[] }[];
}
const { __edges: edges, __files: files } = globalThis as unknown as Instrumented;
const quads = new Int32Array(edges.buffer);

/** How many fours of counters are in use. */
const used = (): number => Math.ceil((files.at(-1)?.to ?? 0) / 4);

/** The class of a count: how often a branch was taken counts as one of eight sizes. */
const CLASS = new Uint8Array(256);
for (let count = 1; count < 256; count++) CLASS[count] = 1 << Math.min(7, count < 4 ? count - 1 : Math.log2(count) + 1);

/** Which branches, each with which sizes of its count, some inputs have taken. */
export class Coverage {
  readonly #seen = new Uint8Array(edges.length);

  /** Takes what was counted since `clear`; returns whether any of it is new. */
  add(): boolean {
    let isNew = false;
    for (let q = used() - 1; q >= 0; q--) {
      if (quads[q] === 0) continue;
      for (let i = q * 4; i < q * 4 + 4; i++) {
        const bit = CLASS[edges[i] ?? 0] ?? 0;
        if (((this.#seen[i] ?? 0) | bit) === this.#seen[i]) continue;
        this.#seen[i] = (this.#seen[i] ?? 0) | bit;
        isNew = true;
      }
    }
    return isNew;
  }

  /** How many branches were taken. */
  get branches(): number {
    return this.#seen.reduce((sum, each) => sum + (each === 0 ? 0 : 1), 0);
  }

  /** The texts in the files of which some branch was taken. */
  get words(): string[] {
    const all = files.filter(({ from, to }) => this.#seen.subarray(from, to).some((each) => each !== 0));
    return [...new Set(all.flatMap((file) => file.words))];
  }
}

/** Forgets what was counted. */
export const clear = (): void => void edges.fill(0, 0, used() * 4);

/** Runs something that is not to be counted. */
export async function uncounted(run: () => Promise<void>): Promise<void> {
  const counted = edges.slice(0, used() * 4);
  try {
    await run();
  } finally {
    clear();
    edges.set(counted);
  }
}
