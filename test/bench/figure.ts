/** One measured figure: a ratio of `value` to `base`, both taken in turn in the same run. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  base?: string;
  baseValue?: number;
  limit?: number;
  ok?: boolean;
}

/** Prints a figure as one JSON line, which is the whole interface. */
export function print(figure: Figure): void {
  console.log(JSON.stringify(figure));
}

/** The middle one. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The median ratio of two things timed in turn, A B A B …, so that a machine that drifts drifts for both. */
export async function ratio(
  name: string,
  pairs: number,
  measured: () => Promise<number> | number,
  base: [name: string, run: () => Promise<number> | number],
  limit: number,
): Promise<Figure> {
  const ratios: number[] = [];
  const baseTimes: number[] = [];
  for (let i = -2; i < pairs; i++) {
    const a = await measured();
    const b = await base[1]();
    // the first rounds warm up files and code
    if (i < 0) continue;
    ratios.push(a / b);
    baseTimes.push(b);
  }
  const value = Number(median(ratios).toFixed(3));
  const figure = {
    name,
    value,
    unit: 'ratio',
    base: base[0],
    baseValue: Number(median(baseTimes).toFixed(3)),
    limit,
    ok: value <= limit,
  };
  print(figure);
  return figure;
}
