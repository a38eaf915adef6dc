import { Throttle } from '#extension/base/throttle.ts';

export interface SnapshotsOptions<State> {
  post: (message: { type: 'snapshot'; generation: number; state: State }) => void;
  state: () => State;
  /** The shortest time between two snapshots, in ms; the first one after a pause is sent at once. */
  intervalMs: number;
  /** The time between two snapshots is at least so many times as long as it took to make and send one. */
  costFactor?: number;
}

/** A page that has not drawn a snapshot after this time may never have got it: it gets the next one. */
const ACK_TIMEOUT_MS = 10_000;

/**
 * Sends whole snapshots to a webview, numbered so that it can drop late ones. Nothing is sent before the page is ready or
 * while it is hidden: the next snapshot contains everything. One is sent only after the page has drawn the one before it:
 * on a busy machine they would otherwise queue up on the way, and the page would show what was long ago.
 */
export class Snapshots<State> {
  readonly #options: SnapshotsOptions<State>;
  readonly #throttle: Throttle;
  #generation = 0;
  #ready = false;
  #visible = true;
  /** Set while a snapshot is under way. */
  #underWay: NodeJS.Timeout | undefined;
  /** Something has changed since that one. */
  #due = false;

  constructor(options: SnapshotsOptions<State>) {
    this.#options = options;
    this.#throttle = new Throttle(options.intervalMs, () => this.#send(), options.costFactor);
  }

  /** Requests a new snapshot. */
  update(): void {
    this.#due = true;
    if (this.#ready && this.#visible && this.#underWay === undefined) this.#throttle.request();
  }

  /** The page has been loaded, or loaded again: it gets a snapshot at once. */
  ready(): void {
    this.#ready = true;
    this.#send();
  }

  /** The page has drawn the snapshot of that number. */
  drawn(generation: number): void {
    if (generation >= this.#generation) this.#arrived();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    this.update();
  }

  dispose(): void {
    this.#ready = false;
    clearTimeout(this.#underWay);
    this.#throttle.dispose();
  }

  #arrived(): void {
    clearTimeout(this.#underWay);
    this.#underWay = undefined;
    if (this.#due) this.update();
  }

  #send(): void {
    if (!this.#ready || !this.#visible) return;
    clearTimeout(this.#underWay);
    this.#underWay = setTimeout(() => this.#arrived(), ACK_TIMEOUT_MS);
    const state = this.#options.state();
    // to make it may have drawn everything again, which requests a snapshot: it is this one
    this.#due = false;
    this.#options.post({ type: 'snapshot', generation: ++this.#generation, state });
  }
}
