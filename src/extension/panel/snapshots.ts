import { Throttle } from '#extension/base/throttle.ts';

export interface SnapshotsOptions<State> {
  post: (message: { type: 'snapshot'; generation: number; state: State }) => void;
  state: () => State;
  /** At least so long between two of them, in ms; the first after a pause goes out at once. */
  intervalMs: number | (() => number);
}

/**
 * What goes out to a webview: whole snapshots, numbered so that a late one is worth nothing. Nothing is sent before the
 * page says it is ready, nor while it is hidden: what it would have missed is in the next one.
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

  /** There is something new to show. */
  update(): void {
    if (this.#ready && this.#visible) this.#throttle.request();
  }

  /** The page is there, perhaps anew: it gets all there is at once. */
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
