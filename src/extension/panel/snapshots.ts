import { Throttle } from '#extension/base/throttle.ts';

export interface SnapshotsOptions<State> {
  post: (message: { type: 'snapshot'; generation: number; state: State }) => void;
  state: () => State;
  /** The shortest time between two snapshots, in ms; the first one after a pause is sent at once. */
  intervalMs: number | (() => number);
}

/**
 * Sends whole snapshots to a webview, numbered so that it can drop late ones. Nothing is sent before the page is ready or
 * while it is hidden: the next snapshot contains everything.
 */
export class Snapshots<State> {
  readonly #options: SnapshotsOptions<State>;
  readonly #throttle: Throttle;
  #generation = 0;
  #ready = false;
  #visible = true;

  constructor(options: SnapshotsOptions<State>) {
    this.#options = options;
    this.#throttle = new Throttle(options.intervalMs, () => this.#send());
  }

  /** Requests a new snapshot. */
  update(): void {
    if (this.#ready && this.#visible) this.#throttle.request();
  }

  /** The page has been loaded, or loaded again: it gets a snapshot at once. */
  ready(): void {
    this.#ready = true;
    this.#send();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.update();
  }

  dispose(): void {
    this.#ready = false;
    this.#throttle.dispose();
  }

  #send(): void {
    if (!this.#ready || !this.#visible) return;
    this.#options.post({ type: 'snapshot', generation: ++this.#generation, state: this.#options.state() });
  }
}
