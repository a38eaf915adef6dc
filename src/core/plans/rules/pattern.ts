import { createContext, Script, type Context } from 'node:vm';

/** Time for one pattern, and for all patterns of a prompt, which waits for them. */
const PATTERN_MS = 50;
const PROMPT_MS = 250;
/** A run that was stopped is repeated where the machine had given the process less than half of its time. */
const MAX_RUNS = 4;

/** A pattern was stopped, failed or was not run any more; the message is the end of a sentence about its rule. */
export class PatternError extends Error {}

const SOURCE = `(() => {
  const found = new RegExp(pattern, 'i').exec(text);
  return found && JSON.stringify(Object.fromEntries(Object.entries(found.groups ?? {}).map(([k, v]) => [k, v ?? ''])));
})()`;
let script: Script | undefined;

/**
 * Searches one prompt for patterns (JavaScript, case-insensitive), each in at most 50 ms of the processor's time and all in
 * 250 ms. They run in a context of their own: there V8 can be stopped, and it looks for that while it backtracks.
 */
export class PatternSearch {
  readonly #text: string;
  #context: Context | undefined;
  #leftMs = PROMPT_MS;

  constructor(text: string) {
    this.#text = text;
  }

  /** The named groups; undefined without a match. Throws PatternError. */
  search(pattern: string): Record<string, string> | undefined {
    for (let run = 1; ; run++) {
      if (this.#leftMs <= 0)
        throw new PatternError(
          `its pattern was not tried: those before it took the ${PROMPT_MS} ms that all patterns have for a prompt; make those simpler that are named here`,
        );
      const { output, tookMs } = this.#run(pattern);
      this.#leftMs -= tookMs;
      if (output !== 'stopped') return output;
      if (run < MAX_RUNS && tookMs < PATTERN_MS / 2) continue;
      throw new PatternError(
        `its pattern takes too long on this prompt (more than ${PATTERN_MS} ms), so it started nothing; make it simpler (no repetition inside a repetition)`,
      );
    }
  }

  /** One run, with the time of the processor that it took. */
  #run(pattern: string): { output: Record<string, string> | undefined | 'stopped'; tookMs: number } {
    script ??= new Script(SOURCE);
    this.#context ??= createContext(Object.assign(Object.create(null) as object, { text: this.#text }));
    this.#context['pattern'] = pattern;
    const before = process.cpuUsage();
    const took = (): number => {
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1000;
    };
    try {
      const output: unknown = script.runInContext(this.#context, { timeout: PATTERN_MS });
      const groups = typeof output === 'string' ? (JSON.parse(output) as Record<string, string>) : undefined;
      return { output: groups, tookMs: took() };
    } catch (error) {
      // V8 finds some patterns too large only when it compiles them
      if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT')
        throw new PatternError(`its pattern cannot be run: ${(error as Error).message}`, { cause: error });
      return { output: 'stopped', tookMs: took() };
    }
  }
}
