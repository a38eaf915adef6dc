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

/** The figures that were printed so far. */
export const printed: Figure[] = [];

/** How long a bench of load lasts, in seconds: FERMATA_BENCH_SECONDS, else that time. */
export const benchSeconds = (byDefault: number): number => Number(process.env['FERMATA_BENCH_SECONDS'] ?? byDefault);

/** Prints a figure as one JSON line, which is the whole interface. */
export function print(figure: Figure): void {
  printed.push(figure);
  console.log(JSON.stringify(figure));
}

/** The middle one. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** The value below which 95 of 100 lie, or all but the largest where there are few. */
export function p95(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(0.95 * values.length) - 1] ?? 0;
}

/** Prints the median of `values`, and their 95th percentile, beside its limit if there is one. */
export function printSpread(name: string, values: number[], unit: string, limit?: number): void {
  const high = Number(p95(values).toFixed(1));
  print({ name: `${name}-median`, value: Number(median(values).toFixed(1)), unit });
  print({ name: `${name}-p95`, value: high, unit, ...(limit !== undefined && { limit, ok: high <= limit }) });
}

/** Prints the median of the ratios of pairs that were measured in turn; the limit may be left out. */
export function printRatio(name: string, measured: number[], base: [name: string, values: number[]], limit?: number) {
  const value = Number(median(measured.map((one, i) => one / (base[1][i] ?? 0))).toFixed(3));
  print({
    name,
    value,
    unit: 'ratio',
    base: base[0],
    baseValue: Number(median(base[1]).toFixed(3)),
    ...(limit !== undefined && { limit, ok: value <= limit }),
  });
}

/** The median ratio of two things timed in turn, A B A B …, so that a machine that drifts drifts for both. */
export async function ratio(
  name: string,
  pairs: number,
  measured: () => Promise<number> | number,
  base: [name: string, run: () => Promise<number> | number],
  limit?: number,
): Promise<void> {
  const times: number[] = [];
  const baseTimes: number[] = [];
  for (let i = -2; i < pairs; i++) {
    const a = await measured();
    const b = await base[1]();
    // the first rounds warm up files and code
    if (i < 0) continue;
    times.push(a);
    baseTimes.push(b);
  }
  printRatio(name, times, [base[0], baseTimes], limit);
}
