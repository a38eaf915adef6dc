import type { PanelState } from '#protocol/messages.ts';
import type { ShownDiff } from '#extension/editors/previews.ts';

/** What the person answers: install all, the hooks without the permission rules, or nothing. */
export type InstallAnswer = 'install' | 'withoutRules' | undefined;

type Guide = NonNullable<PanelState['guide']>;
type Facts = NonNullable<Guide['install']>;

interface Asked {
  facts: Facts;
  diff: ShownDiff;
  settle: (answer: InstallAnswer) => void;
}

/**
 * The question whether hooks are installed. It stands in the panel and in the title of its diff for as long as that diff
 * is open, and what the person can do next stands in the panel afterwards.
 */
export class InstallQuestion {
  readonly #onChange: () => void;
  #asked: Asked | undefined;
  #watching = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get view(): Pick<Guide, 'install' | 'watching'> {
    return {
      ...(this.#asked === undefined ? {} : { install: this.#asked.facts }),
      ...(this.#watching ? { watching: true } : {}),
    };
  }

  /** Brings the diff of an open question about this file to the front. Returns whether there is one. */
  async reveal(file: string): Promise<boolean> {
    if (this.#asked?.facts.file !== file) return false;
    await this.#asked.diff.reveal();
    return true;
  }

  /** Asks until the person answers or closes the diff. Another question is over then. */
  async ask(facts: Facts, diff: ShownDiff): Promise<InstallAnswer> {
    this.#asked?.settle(undefined);
    const answer = await new Promise<InstallAnswer>((settle) => {
      this.#change({ facts, diff, settle });
      void diff.closed.then(() => settle(undefined));
    });
    if (this.#asked?.diff === diff) this.#change(undefined);
    await diff.close();
    return answer;
  }

  answer(answer: InstallAnswer): void {
    this.#asked?.settle(answer);
  }

  /** Whether the panel shows what comes after an installation. */
  setWatching(watching: boolean): void {
    this.#watching = watching;
    this.#onChange();
  }

  #change(asked: Asked | undefined): void {
    this.#asked = asked;
    this.#onChange();
  }
}
