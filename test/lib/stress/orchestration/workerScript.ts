/** What planned workers do: each step is a line of a shell, which writes into the file `truth` what has become of it. */
const STEPS: readonly ((n: number, pick: () => number) => string)[] = [
  (_n, pick) => `sleep ${(pick() * 0.25).toFixed(3)}`,
  () => 'fermata progress 50 --message halfway >/dev/null 2>&1 || :',
  (n) =>
    `asked=$(date +%s%3N); fermata inform "info-$FERMATA_WORKER-${n}" >/dev/null 2>&1 && echo "told info-$FERMATA_WORKER-${n} $asked $(date +%s%3N)" >>truth`,
  () =>
    `fermata with-lock db --ttl 600ms --wait 3s -- sh -c 'echo "in $FERMATA_LOCK_TOKEN $FERMATA_WORKER" >>guarded; sleep 0.03; echo "out $FERMATA_LOCK_TOKEN $FERMATA_WORKER" >>guarded' >/dev/null 2>&1 || :`,
  () => 'fermata checkpoint half >/dev/null 2>&1 || :',
];

/** The shell line of a worker: it notes its beginning, takes two steps by chance, and notes its end. */
export function workerScript(pick: () => number): string {
  const steps = [1, 2].map((n) => STEPS[Math.floor(pick() * STEPS.length)]?.(n, pick) ?? ':');
  return [`echo "begin $FERMATA_WORKER" >>truth`, ...steps, `echo "end $FERMATA_WORKER" >>truth`].join('; ');
}

export interface Truth {
  begins: Map<string, number>;
  ends: Map<string, number>;
  told: { word: string; asked: number; accepted: number }[];
}

/** Reads what the workers have written into their common file. */
export function readTruth(text: string): Truth {
  const truth: Truth = { begins: new Map(), ends: new Map(), told: [] };
  for (const line of text.split('\n')) {
    const [kind, word = '', asked, accepted] = line.split(' ');
    if (kind === 'told') truth.told.push({ word, asked: Number(asked), accepted: Number(accepted) });
    const counts = kind === 'begin' ? truth.begins : kind === 'end' ? truth.ends : undefined;
    counts?.set(word, (counts.get(word) ?? 0) + 1);
  }
  return truth;
}
