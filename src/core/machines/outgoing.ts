import { closeSync, fstatSync, readSync } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';
import type { Link } from './link.ts';
import type { Clock } from './clock.ts';

/** The most bytes of a message. */
const MAX_MESSAGE_BYTES = 256 * 1024;
/** While a message is under way the next one waits so long, so that many writers share one. */
const COALESCE_MS = 2;
/** So many bytes may be under way. */
const WINDOW_BYTES = 4 << 20;
/** The first pause after the stream has not acknowledged; each further one is twice as long, up to the longest. */
const RETRY_MS = 200;
const MAX_RETRY_MS = 3200;

const NEWLINE = 0x0a;

/** Of which file whole lines are published, and how. All offsets but those of the file count from `base`. */
export interface OutgoingOptions {
  link: Link;
  clock: Clock;
  subject: string;
  path: string;
  gen: string;
  /** Where in the file this generation begins. */
  base: number;
  /** By which DECIDES a log is folded here. */
  decides?: number;
  /** Syncs the file to disk: what others have acted on is to survive a loss of power. */
  sync: (fd: number) => Promise<void>;
  /** How far the receiver is known to have it. */
  taken: () => number;
  /** The stream has more of this generation than the file, or a later generation `gen`. */
  onAhead: (last: { gen: string; end: number }) => void;
  report: (error: unknown) => void;
}

interface Piece {
  end: number;
  isStored: boolean;
}

/**
 * Publishes a file as it grows: whole lines, in order, to all listeners at once and to the stream. What the stream does not
 * acknowledge is published again; receivers go by offsets and pass over what they have.
 */
export class Outgoing {
  readonly #options: OutgoingOptions;
  readonly #fd: number;
  /** Offsets in the file. Undefined until it is known what the stream has. */
  #sent: number | undefined;
  #stored = 0;
  #synced = 0;
  /** The size of the file at which it had no further whole line. */
  #emptyAt = -1;
  /** What is under way, in order. */
  #pieces: Piece[] = [];
  /** What the stream has not acknowledged since it was looked up last, and how often that was in vain. */
  #failures = 0;
  #attempts = 0;
  #lastMs = -Infinity;
  #isRunning = false;
  #runAgain = false;
  #resyncing: Promise<void> | undefined;
  #resyncAgain = false;
  #timer: { cancel(): void } | undefined;
  #coalescing: { cancel(): void } | undefined;
  #isStopped = false;

  /** Throws where the file cannot be opened. */
  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#fd = openFile(options.path).fd;
  }

  /** How many bytes the stream has not acknowledged; all of them until it is known what it has. */
  get behind(): number {
    if (this.#isStopped) return 0;
    const { size } = fstatSync(this.#fd);
    // a blank, or the beginning of a line
    if (size === this.#emptyAt && this.#pieces.length === 0 && this.#failures === 0) return 0;
    return Math.max(0, size - Math.max(this.#stored, this.#options.base + this.#options.taken()));
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#coalescing?.cancel();
    if (!this.#isRunning) closeSync(this.#fd);
  }

  /** Publishes what is new. */
  poke(): void {
    if (this.#isRunning) {
      this.#runAgain = true;
      return;
    }
    if (this.#isStopped) return;
    this.#isRunning = true;
    this.#run()
      .catch((error: unknown) => this.#options.report(error))
      .finally(() => {
        this.#isRunning = false;
        if (this.#isStopped) return closeSync(this.#fd);
        if (!this.#runAgain) return;
        this.#runAgain = false;
        this.poke();
      });
  }

  /** Publishes again from an offset, which a receiver has asked for. */
  back(offset: number): void {
    const to = this.#options.base + offset;
    if (this.#sent === undefined || to >= this.#sent) return;
    this.#restart(Math.min(to, this.#stored));
    this.poke();
  }

  /** Looks up what the stream has, and goes on from there: it may have kept what it did not acknowledge, or have lost what it did. */
  async resync(): Promise<void> {
    // what is being looked up may be of the stream or the connection before
    this.#resyncAgain = true;
    await (this.#resyncing ??= this.#resyncAll().finally(() => (this.#resyncing = undefined)));
  }

  async #resyncAll(): Promise<void> {
    while (this.#resyncAgain) {
      this.#resyncAgain = false;
      await this.#resync().catch(() => this.#later(RETRY_MS, () => void this.resync()));
    }
  }

  /** Looks up whether the stream still has what it has acknowledged. */
  async check(): Promise<void> {
    if (this.#sent === undefined) return this.resync();
    if (this.#pieces.length > 0) return;
    const { link, subject, base, taken } = this.#options;
    const last = await link.last(subject).catch(() => null);
    if (last === null || this.#isStopped || this.#pieces.length > 0) return;
    const kept = this.#keptEnd(last);
    if (kept < this.#stored && this.#stored > base + taken()) await this.resync();
  }

  async #resync(): Promise<void> {
    const { link, subject, gen, taken, base } = this.#options;
    if (this.#isStopped || !link.connected) return;
    const last = await link.last(subject);
    if (this.#isStopped) return;
    if (last !== undefined && (last.gen !== gen || base + last.end > fstatSync(this.#fd).size))
      this.#options.onAhead(last);
    // the owner has begun another generation
    if (this.#isStopped) return;
    const kept = this.#keptEnd(last);
    // what failed may be missing before the last one that was kept
    const known = this.#failures > 0 ? Math.min(kept, this.#stored) : kept;
    this.#failures = 0;
    this.#restart(Math.max(base + taken(), known));
    this.poke();
  }

  #keptEnd(last: { gen: string; end: number } | undefined): number {
    const { gen, base } = this.#options;
    return last?.gen === gen ? Math.min(base + last.end, fstatSync(this.#fd).size) : base;
  }

  #restart(from: number): void {
    this.#sent = from;
    this.#stored = from;
    this.#pieces = [];
    this.#emptyAt = -1;
  }

  #later(ms: number, run: () => void): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.later(ms, () => {
      this.#timer = undefined;
      if (!this.#isStopped) run();
    });
  }

  #coalesce(ms: number): void {
    this.#coalescing ??= this.#options.clock.later(ms, () => {
      this.#coalescing = undefined;
      this.poke();
    });
  }

  async #run(): Promise<void> {
    const { link, clock, sync } = this.#options;
    // also while the stream does not acknowledge: what passes by is heard without it
    while (!this.#isStopped && link.connected && this.#sent !== undefined) {
      const from = this.#sent;
      if (from - this.#stored > WINDOW_BYTES) return;
      const { size } = fstatSync(this.#fd);
      if (size <= from) return;
      const sinceMs = Math.abs(clock.now() - this.#lastMs);
      if (this.#pieces.length > 0 && sinceMs < COALESCE_MS) return this.#coalesce(COALESCE_MS - sinceMs);
      const data = this.#read(from, size);
      if (data.length === 0) {
        this.#emptyAt = size;
        return;
      }
      const end = from + data.length;
      if (this.#synced < end) {
        await sync(this.#fd);
        // a file that is shorter now was replaced: its bytes may be others
        this.#synced = fstatSync(this.#fd).size < end ? 0 : Math.max(this.#synced, size);
        // it may have to begin again from elsewhere, and more may have come meanwhile
        continue;
      }
      this.#publish(from, data);
    }
  }

  /** Whole lines from an offset of the file on; of a line that is longer than a message as much as fits. */
  #read(from: number, size: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.min(MAX_MESSAGE_BYTES, size - from));
    const bytes = buffer.subarray(0, readSync(this.#fd, buffer, 0, buffer.length, from));
    const isFull = bytes.length === MAX_MESSAGE_BYTES;
    let end = bytes.lastIndexOf(NEWLINE) + 1;
    // the blank before a line that is to come is none of the line before it: the receiver goes by where lines end
    while (end > 1 && bytes[end - 2] === NEWLINE) end--;
    if (end === 1 && bytes[0] === NEWLINE) end = 0;
    return end === 0 && isFull ? bytes : bytes.subarray(0, end);
  }

  #publish(from: number, data: Buffer): void {
    const { link, clock, subject, gen, base, decides } = this.#options;
    const piece: Piece = { end: from + data.length, isStored: false };
    this.#pieces.push(piece);
    this.#sent = piece.end;
    this.#lastMs = clock.now();
    link.publish(subject, { gen, pos: from - base, data, decides }).then(
      () => {
        piece.isStored = true;
        while (this.#pieces[0]?.isStored === true) this.#stored = this.#pieces.shift()!.end;
        this.#attempts = 0;
        this.poke();
      },
      () => {
        // one of an earlier beginning
        if (!this.#pieces.includes(piece)) return;
        if (this.#failures++ === 0) this.#retry();
      },
    );
  }

  #retry(): void {
    const pauseMs = Math.min(RETRY_MS * 2 ** Math.min(this.#attempts++, 4), MAX_RETRY_MS);
    this.#later(pauseMs, () => void this.resync());
  }
}
