import type { NoticeView } from '#protocol/viewModel.ts';

/** Kinds of trouble that last until they are over, each with its newest words. */
type Area = 'settings' | 'watching' | 'runtime';

/** What goes wrong without anybody having asked for something: it stands in the panel, never in a notification. */
export class Problems {
  readonly #log: (message: string) => void;
  readonly #active = new Map<Area, string>();

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /** Does something that may fail. What is said is said once, as long as it stays the same. */
  attempt(area: Area, action: () => void): void {
    try {
      action();
      this.#active.delete(area);
    } catch (error) {
      this.report(area, error);
    }
  }

  report(area: Area, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#active.get(area) === message) return;
    this.#active.set(area, message);
    this.#log(`${area}: ${error instanceof Error ? (error.stack ?? message) : message}`);
  }

  notices(): NoticeView[] {
    return [...this.#active].map(([area, message]): NoticeView => {
      const settings = area === 'settings';
      return {
        id: `problem-${area}`,
        kind: settings ? 'settings' : 'log',
        text: message,
        action: settings ? 'openSettings' : 'showLog',
      };
    });
  }
}
