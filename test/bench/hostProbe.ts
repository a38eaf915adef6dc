import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { killGroup, spawnGroup, type GroupProcess } from '#test/lib/processGroup.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { median, print } from './figure.ts';

interface Sample {
  ts: number;
  pid: number;
  delayMs: number;
  p99Ms: number;
  busyMs: number;
  rss: number;
}

const EXTENSION = join(repoRoot, 'test/lib/hostProbe');

/**
 * Measures how long the event loop of an extension host is held up, and beside it that of a process that does nothing:
 * on a busy machine that one waits as well.
 */
export class HostProbe {
  readonly #out = join(tempDir('fermata-probe-'), 'host.jsonl');
  readonly #idleOut = join(tempDir('fermata-probe-'), 'idle.jsonl');
  readonly #idle: GroupProcess;
  #from = Infinity;

  constructor() {
    const env = { PROBE_OUT: this.#idleOut };
    this.#idle = spawnGroup(
      process.execPath,
      ['--require', join(EXTENSION, 'main.cjs'), '-e', 'setInterval(() => {}, 1e6)'],
      { env },
    );
  }

  /** What an editor has to be opened with. */
  get editor(): { env: Record<string, string>; probe: string; args: string[] } {
    return { env: { PROBE_OUT: this.#out }, probe: EXTENSION, args: ['--enable-smoke-test-driver'] };
  }

  /** From here on it counts: an editor that starts has much to load that is not ours. */
  begin(): void {
    this.#from = Date.now();
  }

  stop(): void {
    killGroup(this.#idle);
  }

  /** Memory of the extension host in MB, sample by sample. */
  get memory(): number[] {
    return this.#samples(this.#out).map(({ rss }) => rss / 1e6);
  }

  /** Prints the longest that the host was held up, and the longest that its own work can have done so. */
  print(name: string, limitMs: number): void {
    const [host, idle] = [this.#samples(this.#out), this.#samples(this.#idleOut)];
    if (host.length === 0) throw new Error('the extension host was not measured');
    const longest = (samples: Sample[], of: 'delayMs' | 'busyMs' | 'p99Ms'): number =>
      Number(Math.max(0, ...samples.map((sample) => sample[of])).toFixed(1));
    const busy = longest(host, 'busyMs');
    const delay = {
      value: longest(host, 'delayMs'),
      base: 'a process that does nothing',
      baseValue: longest(idle, 'delayMs'),
    };
    print({ name: `${name}-longest-delay`, unit: 'ms', ...delay });
    print({ name: `${name}-longest-block`, value: busy, unit: 'ms', limit: limitMs, ok: busy <= limitMs });
  }

  #samples(file: string): Sample[] {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => JSON.parse(line) as Sample).filter(({ ts }) => ts > this.#from + 1000);
  }
}

/** The median of the last third against that of the middle one: what grows and is not given back. */
export function growth(values: readonly number[]): { value: number; unit: string; base: string; baseValue: number } {
  const third = Math.max(1, Math.floor(values.length / 3));
  const [middle, last] = [median(values.slice(third, 2 * third)), median(values.slice(-third))];
  const baseValue = Number(middle.toFixed(1));
  return { value: Number((last / middle).toFixed(3)), unit: 'ratio', base: 'in the middle', baseValue };
}
