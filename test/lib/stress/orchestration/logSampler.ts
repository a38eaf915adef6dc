import { SessionLog } from '#core/session/sessionLog.ts';
import type { SeenBlock } from '#test/lib/invariants/observations.ts';
import { clock } from './realStage.ts';

const EVERY_MS = 25;

/** Looks at a log again and again: when the block on a path was there last, and when it was first seen as over. */
export class LogSampler {
  readonly #log: SessionLog;
  readonly #timer: NodeJS.Timeout;
  readonly #blocks: readonly SeenBlock[];

  /** @param blocks what to follow: blocks whose end nobody here decides */
  constructor(dir: string, blocks: readonly SeenBlock[]) {
    this.#log = new SessionLog(dir, false);
    this.#blocks = blocks;
    this.#timer = setInterval(() => this.#look(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    const began = clock();
    try {
      this.#log.refresh();
    } catch {
      // taken away
      return;
    }
    const inLog = new Map([...this.#log.state.blocks.values()].map((block) => [block.match?.path, block]));
    for (const block of this.#blocks) {
      const found = inLog.get(block.path);
      if (found === undefined) continue;
      if (found.ended === undefined) block.ending = began;
      else block.over ??= clock();
    }
  }
}
