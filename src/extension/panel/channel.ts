import { parseFromPanel } from '#protocol/parseMessages.ts';
import type { Intent, OlderActivity, PanelState, ToPanel } from '#protocol/messages.ts';
import type { PeekView } from '#protocol/peek.ts';
import { Snapshots } from './snapshots.ts';

/** At most twenty snapshots a second; the first after a pause goes out at once. */
const INTERVAL_MS = 50;
/** They take at most a quarter of the time. */
const COST_FACTOR = 3;

export interface ChannelOptions {
  post: (message: ToPanel) => void;
  state: () => PanelState;
  run: (intent: Intent) => void;
  older: (session: string, before: number) => OlderActivity;
  peek: (session: string, worker: string | undefined) => Promise<PeekView>;
  /** Writes a warning to the log. */
  warn: (message: string) => void;
}

/** The only connection to the panel: it sends snapshots, and validates every message before acting on it. */
export class PanelChannel {
  readonly #options: ChannelOptions;
  readonly #snapshots: Snapshots<PanelState>;

  constructor(options: ChannelOptions) {
    this.#options = options;
    this.#snapshots = new Snapshots({
      post: options.post,
      state: options.state,
      intervalMs: INTERVAL_MS,
      costFactor: COST_FACTOR,
    });
  }

  /** Requests a new snapshot. */
  update(): void {
    this.#snapshots.update();
  }

  setVisible(visible: boolean): void {
    this.#snapshots.setVisible(visible);
  }

  receive(message: unknown): void {
    const parsed = parseFromPanel(message);
    switch (parsed?.type) {
      case undefined:
        this.#options.warn('the panel sent a message that is not one; it was ignored');
        return;
      case 'ready':
        this.#snapshots.ready();
        return;
      case 'drawn':
        this.#snapshots.drawn(parsed.generation);
        return;
      case 'run':
        this.#options.run(parsed.intent);
        return;
      case 'older':
        this.#options.post({ type: 'older', ...this.#options.older(parsed.session, parsed.before) });
        return;
      case 'peek':
        void this.#peek(parsed.session, parsed.worker);
        return;
      case 'fault':
        this.#options.warn(`the panel failed: ${parsed.message}`);
    }
  }

  async #peek(session: string, worker: string | undefined): Promise<void> {
    try {
      this.#options.post({ type: 'peek', ...(await this.#options.peek(session, worker)) });
    } catch (error) {
      this.#options.warn(
        `a closer look failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      );
    }
  }

  dispose(): void {
    this.#snapshots.dispose();
  }
}
