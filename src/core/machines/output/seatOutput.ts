import type { SessionState } from '#protocol/state.ts';
import { publish } from '#core/session/publish.ts';
import type { FileBytes } from '#core/machines/link.ts';
import { OutputFetch } from './outputFetch.ts';
import { ResultsIn } from './resultsIn.ts';
import type { SharedSession } from '#core/machines/shared.ts';

/** So many sentences about the output of one machine stand in the log. */
const MAX_WARNINGS = 20;

interface SeatOutputOptions extends SharedSession {
  state: () => SessionState;
}

/** What workers on other machines print and leave, at the seat of their session. */
export class SeatOutput {
  readonly #options: SeatOutputOptions;
  readonly #results: ResultsIn;
  readonly #fetch: OutputFetch;
  readonly #warned = new Map<string, Set<string>>();

  constructor(options: SeatOutputOptions) {
    this.#options = options;
    const warn = this.#warn.bind(this);
    this.#results = new ResultsIn({ ...options, warn });
    this.#fetch = new OutputFetch({ ...options, warn });
  }

  get problem(): string | undefined {
    return this.#results.problem;
  }

  stop(): void {
    this.#fetch.stop();
  }

  tick(): void {
    this.#results.tick();
    this.#fetch.tick();
  }

  takeResults(machine: string, message: FileBytes): void {
    this.#results.take(machine, message);
  }

  takePiece(machine: string, text: string): void {
    this.#fetch.take(machine, text);
  }

  nudged(machine: string, gen: string): void {
    this.#results.nudged(machine, gen);
  }

  /** One sentence about the same, also where all of it comes again after a crash. */
  #warn(machine: string, what: string, why: string): void {
    const warned = this.#warned.get(machine) ?? new Set();
    this.#warned.set(machine, warned);
    const key = `${machine}: ${what}: `;
    if (warned.has(key) || warned.size >= MAX_WARNINGS) return;
    warned.add(key);
    const { dir, clock, state, report } = this.#options;
    if (state().notices.some(({ text }) => text.startsWith(key))) return;
    try {
      publish(dir, clock.now(), { t: 'log', level: 'warn', message: `${key}${why}` });
    } catch (error) {
      report(error);
    }
  }
}
