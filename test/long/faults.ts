import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';

/** A line of the source as it once let something through: in `file` the only place that has `from` is made to read `to`. */
interface Fault {
  name: string;
  /** The folders and files of tests, one of which must notice it. */
  tests: string[];
  file: string;
  from: string;
  to: string;
}

/** The faults of faults.txt: a block each, of its name, its tests, its file, and the lines before and after. */
export const FAULTS: Fault[] = readFileSync(join(repoRoot, 'test/long/faults.txt'), 'utf8')
  .split('\n\n')
  .filter((block) => block.startsWith('# '))
  .map((block) => {
    const [name = '', tests = '', file = '', ...lines] = block.trimEnd().split('\n');
    const linesWith = (sign: string): string =>
      lines
        .filter((line) => line.startsWith(sign))
        .map((line) => line.slice(2))
        .join('\n');
    return { name: name.slice(2), tests: tests.split(' '), file, from: linesWith('-'), to: linesWith('+') };
  });
