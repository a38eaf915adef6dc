import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { fuzz } from './engine.ts';
import { random } from '#test/lib/stress/random.ts';
import { digest } from './target.ts';
import { TARGETS } from './targets.ts';

export interface Task {
  target: string;
  seed: number;
  /** How long it goes on; with `inputs` until so many were tried. */
  ms: number;
  inputs: number | undefined;
  corpus: Buffer[];
  /** Tries this one alone. */
  input: Buffer | undefined;
}

/** What is seen of a thread that does not answer: how many inputs it has tried, and the length and bytes of the last one. */
export interface Shared {
  count: Int32Array;
  input: Uint8Array;
}

/** Fuzzes one target in this thread and posts the result. */
export async function runTarget(): Promise<void> {
  const { task, shared } = workerData as { task: Task; shared: Shared };
  const target = await TARGETS[task.target]?.();
  if (target === undefined) throw new Error(`no target ${task.target}`);
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as NonNullable<typeof globalThis.gc>;
  const { input: only, inputs, ms } = task;
  const announce = (input: Buffer): void => {
    shared.input.set(input.subarray(0, shared.input.length));
    shared.count[1] = input.length;
    shared.count[0] = (shared.count[0] ?? 0) + 1;
  };
  const seed = Math.floor(random(task.seed ^ digest(Buffer.from(task.target)))() * 2 ** 32);
  const tried = only === undefined ? target : { ...target, seeds: () => [only] };
  const kept = task.corpus.length > 0 ? task.corpus : ((await target.first?.()) ?? []);
  const corpus = only === undefined ? kept.map((each) => Buffer.from(each as Buffer)) : [];
  const until = performance.now() + ms;
  const goesOn = (tried: number): boolean => (inputs === undefined ? performance.now() < until : tried < inputs);
  const options = { seed, corpus, announce, goesOn: only === undefined ? goesOn : () => false };
  const result = await fuzz(tried, options);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
  parentPort?.postMessage(result);
}
