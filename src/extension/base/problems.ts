import type { NoticeView } from '#protocol/viewModel.ts';

/** Areas in which a problem lasts until it is solved. */
type Area = 'settings' | 'folder' | 'watching' | 'runtime';

/** Problems of background work. They are shown in the panel, never as a notification. */
export class Problems {
  readonly #log: (message: string) => void;
  readonly #active = new Map<Area, string>();

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  /** Runs an action; its success ends the area's problem, its failure is one. */
  attempt(area: Area, action: () => void): void {
    try {
      action();
      this.#active.delete(area);
    } catch (error) {
      this.report(area, error);
    }
  }

  /** Logs a problem, unless the area has the same one already. */
  report(area: Area, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    if (this.#active.get(area) === message) return;
    this.#active.set(area, message);
    this.#log(`${area}: ${error instanceof Error ? (error.stack ?? message) : message}`);
  }

  notices(): NoticeView[] {
    return [...this.#active].map(([area, message]): NoticeView => {
      const settings = area === 'settings' || area === 'folder';
      return {
        id: `problem-${area}`,
        kind: settings ? 'settings' : 'log',
        text: message,
        action: settings ? 'openSettings' : 'showLog',
      };
    });
  }
}
