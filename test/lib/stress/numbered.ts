import { readFileSync } from 'node:fs';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { sessionPaths } from '#core/base/paths.ts';

/** The text of a writer's nth line: many lengths, some above the size of a page or a pipe. */
export function filler(n: number): string {
  const length = n % 97 === 96 ? 9000 : n % 331 === 330 ? 50_000 : (n * 37) % 200;
  return String.fromCharCode(97 + (n % 26)).repeat(length);
}

/** A writer's nth line. */
export const numbered = (worker: string, n: number) => ({ t: 'progress' as const, worker, n, message: filler(n) });

export interface NumberedLog {
  /** The numbers of each writer's undamaged lines, in the order of the log. */
  numbers: Map<string, number[]>;
  /** The damaged lines as they are in the file. */
  damaged: string[];
  /** Damage as the fold counts it. */
  counted: number;
}

/** The length of `numbers` if it is 0, 1, 2 … without a gap, else -1. */
export const prefixLength = (numbers: readonly number[] = []): number =>
  numbers.every((n, i) => n === i) ? numbers.length : -1;

/** Reads a log of numbered lines; a line that differs from what its writer wrote counts as damaged. */
export function readNumbered(dir: string): NumberedLog {
  const bytes = readFileSync(sessionPaths(dir).log);
  const result: NumberedLog = { numbers: new Map(), damaged: [], counted: 0 };
  const state = emptyState();
  new LineReader().push(bytes, (line) => {
    const written =
      'value' in line ? (line.value as { t?: string; worker?: string; n?: number; message?: string }) : undefined;
    const { t, worker, n } = written ?? {};
    const intact = worker !== undefined && n !== undefined && (written?.message ?? filler(n)) === filler(n);
    if (intact) {
      const numbers = result.numbers.get(worker) ?? [];
      numbers.push(n);
      result.numbers.set(worker, numbers);
    }
    if (!intact && t !== 'open' && t !== 'session')
      result.damaged.push(bytes.subarray(line.pos, bytes.indexOf(0x0a, line.pos)).toString('latin1'));
    reduce(state, line);
  });
  result.counted = [...state.damaged.values()].reduce((sum, count) => sum + count, 0);
  return result;
}
