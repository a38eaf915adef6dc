import { parseFromPanel } from '../../protocol/parseFromPanel.ts';
import type { Intent, PanelState, ToPanel } from '../../protocol/messages.ts';
import { Coalescer } from '../coalesce.ts';

/** At most twenty snapshots a second; the first after a pause goes out at once. */
const PAUSE_MS = 50;

export interface ChannelOptions {
  post: (message: ToPanel) => void;
  state: () => PanelState;
  run: (intent: Intent) => void;
  /** Something about the panel that belongs into the log. */
  warn: (message: string) => void;
}

/**
 * The one way between the extension and the panel. Out go whole snapshots, numbered so that a late one is worth
 * nothing; in come messages that are checked before anything is done. Nothing is sent before the panel says it is
 * ready, nor while it is hidden: what it would have missed is in the next snapshot.
 */
export class PanelChannel {
  readonly #options: ChannelOptions;
  readonly #sender = new Coalescer(PAUSE_MS, () => this.#send());
  #generation = 0;
  #ready = false;
  #visible = true;

  constructor(options: ChannelOptions) {
    this.#options = options;
  }

  /** There is something new to show. */
  update(): void {
    if (this.#ready && this.#visible) this.#sender.request();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.update();
  }

  receive(message: unknown): void {
    const known = parseFromPanel(message);
    switch (known?.type) {
      case undefined:
        this.#options.warn('the panel sent a message that is not one; it was ignored');
        return;
      case 'ready':
        this.#ready = true;
        this.#send();
        return;
      case 'run':
        this.#options.run(known.intent);
        return;
      case 'fault':
        this.#options.warn(`the panel failed: ${known.message}`);
    }
  }

  dispose(): void {
    this.#ready = false;
    this.#sender.dispose();
  }

  #send(): void {
    if (!this.#ready || !this.#visible) return;
    this.#options.post({ type: 'snapshot', generation: ++this.#generation, state: this.#options.state() });
  }
}
