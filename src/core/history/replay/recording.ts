import { statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { ReplayPosition } from '#protocol/replay.ts';
import type { SessionState } from '#protocol/state.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { fingerprint } from '#core/log/fingerprint.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { StateCache } from './stateCache.ts';
import { SparseIndex } from './sparseIndex.ts';
import { Highlights } from './highlights.ts';

/** So much is read and folded at a stretch, some 6 ms; then everybody else has their turn. */
const CHUNK_BYTES = 256 * 1024;
/** From a stop to the event that is looked for it is not far. */
const SEEK_BYTES = 64 * 1024;

/** A place in the log with the state there, and the lines that were read beyond it. */
interface Cursor {
  state: SessionState;
  reader: LineReader;
  buffered: Line[];
  /** How many of the lines ahead are folded. */
  consumed: number;
  /** The line of the last event, and whether damaged ones after it are folded, too. */
  lastLine: Line | undefined;
  isPastEvent: boolean;
}

/**
 * A session's log as something to move about in: read once from beginning to end, a stretch at a time, and from then on
 * any moment of it is a kept state and a short fold away. The file stays open, so what was read is what is seen,
 * whatever becomes of the path. Not to be asked for two things at once.
 */
export class Recording {
  readonly dir: string;
  readonly #file: FileHandle;
  readonly #inode: number;
  readonly #reader = new LineReader();
  readonly #state = emptyState();
  readonly #index = new SparseIndex();
  readonly #states: StateCache;
  readonly highlights = new Highlights();
  #fingerprint: Buffer[] = [];
  #startTs: number | undefined;
  #lastPos = 0;
  #cursor: Cursor | undefined;

  private constructor(dir: string, file: FileHandle, inode: number, states: StateCache) {
    this.dir = dir;
    this.#file = file;
    this.#inode = inode;
    this.#states = states;
  }

  /** Opens a session's log; nothing of it is read yet. Throws the system's error. */
  static async open(dir: string, states = new StateCache()): Promise<Recording> {
    const file = await open(sessionPaths(dir).log, 'r');
    return new Recording(dir, file, (await file.stat()).ino, states);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** How everything stands that was read. To be read only until more is. */
  get state(): SessionState {
    return this.#state;
  }

  /** The moment of the last event that was read. */
  get end(): ReplayPosition {
    return { event: this.#state.events, pos: this.#lastPos, ts: this.#state.lastTs };
  }

  /** The first time that was said, epoch ms. */
  get startTs(): number {
    return this.#startTs ?? 0;
  }

  /**
   * Reads what was appended, for as long as `goOn` says so. Says `replaced` where the log that was read is not the
   * session's any more: it was cut, replaced or removed. Throws the system's error.
   */
  async read(shouldContinue: (share: number) => boolean = () => true): Promise<'read' | 'stopped' | 'replaced'> {
    if (!this.#isSameLog()) return 'replaced';
    const { size } = await this.#file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, size - this.#readEnd)));
    while (this.#readEnd < size) {
      if (!shouldContinue(this.#readEnd / size)) return 'stopped';
      const { bytesRead } = await this.#file.read(
        buffer,
        0,
        Math.min(buffer.length, size - this.#readEnd),
        this.#readEnd,
      );
      if (bytesRead === 0) return 'replaced';
      this.#reader.push(buffer.subarray(0, bytesRead), (line) => this.#fold(line));
    }
    this.#fingerprint = fingerprint(this.#file.fd, this.#readEnd);
    return 'read';
  }

  /** The state after so many events; of the last one with all that follows it. To be read only until the next call. */
  async stateAt(event: number, shouldContinue: () => boolean = () => true): Promise<SessionState | undefined> {
    const isLast = event >= this.end.event;
    const cursor = this.#nearestCursor(event, isLast);
    this.#cursor = cursor;
    const isReached = (): boolean => !isLast && cursor.state.events >= event;
    do {
      if (!shouldContinue()) return undefined;
      while (!isReached()) {
        const line = cursor.buffered[cursor.consumed];
        if (line === undefined) break;
        step(cursor, line);
      }
    } while (!isReached() && (await this.#readAhead(cursor)));
    return cursor.state;
  }

  /** Where the last state that was asked for stands, and the line of its last event. */
  get current(): { position: ReplayPosition; value: unknown } {
    const { state, lastLine } = this.#cursor ?? { state: emptyState(), lastLine: undefined };
    const value = lastLine !== undefined && 'value' in lastLine ? lastLine.value : undefined;
    return { position: { event: state.events, pos: lastLine?.pos ?? 0, ts: state.lastTs || this.startTs }, value };
  }

  /** The time of the event after the last state that was asked for; undefined at the end. */
  async nextTs(): Promise<number | undefined> {
    const cursor = this.#cursor;
    if (cursor === undefined || cursor.state.events >= this.end.event) return undefined;
    do {
      for (let i = cursor.consumed; i < cursor.buffered.length; i++) {
        const line = cursor.buffered[i];
        const ts = line && eventTs(line);
        if (ts !== undefined) return Math.max(ts, cursor.state.lastTs);
      }
    } while (await this.#readAhead(cursor));
    return undefined;
  }

  /** How many events there were up to a position in bytes, or a time: the moment to go to from a picture of the log. */
  async eventAt(at: { pos: number } | { ts: number }): Promise<number> {
    const entry = 'pos' in at ? this.#index.atPosition(at.pos) : this.#index.atTime(at.ts);
    if (entry === undefined) return 0;
    const buffer = Buffer.allocUnsafe(SEEK_BYTES);
    const reader = new LineReader(entry.pos);
    let [event, isPastTarget] = [entry.event - 1, false];
    for (;;) {
      const from = reader.position + reader.pending;
      const { bytesRead } = await this.#file.read(buffer, 0, SEEK_BYTES, from);
      if (bytesRead === 0) break;
      reader.push(buffer.subarray(0, bytesRead), (line) => {
        const ts = eventTs(line);
        isPastTarget ||= 'pos' in at ? line.pos > at.pos : ts !== undefined && ts > at.ts;
        if (!isPastTarget && ts !== undefined) event++;
      });
      if (isPastTarget) break;
    }
    return Math.min(event, this.end.event);
  }

  get #readEnd(): number {
    return this.#reader.position + this.#reader.pending;
  }

  #isSameLog(): boolean {
    const stats = statSync(sessionPaths(this.dir).log, { throwIfNoEntry: false });
    if (stats === undefined || stats.ino !== this.#inode || stats.size < this.#readEnd) return false;
    const current = fingerprint(this.#file.fd, this.#readEnd);
    return this.#fingerprint.every((part, i) => current[i]?.equals(part));
  }

  #fold(line: Line): void {
    const before = this.#state.events;
    reduce(this.#state, line);
    if (this.#state.events !== before) {
      const { events: event, lastTs: ts } = this.#state;
      this.#lastPos = line.pos;
      if (ts > 0) this.#startTs ??= ts;
      this.#index.add({ event, pos: line.pos, ts });
      this.highlights.update(this.#state, line.pos);
    }
    this.#states.offer(this.#state, this.#reader.position);
  }

  /** From where the fewest lines are to be folded. */
  #nearestCursor(event: number, isLast: boolean): Cursor {
    const cached = this.#states.before(event);
    const cursor = this.#cursor;
    if (cursor !== undefined && canContinueFrom(cursor, event, isLast) && cursor.state.events >= (cached?.events ?? 0))
      return cursor;
    const [state, position] = cached === undefined ? [emptyState(), 0] : [cached.read(), cached.position];
    return {
      state,
      reader: new LineReader(position),
      buffered: [],
      consumed: 0,
      lastLine: undefined,
      isPastEvent: false,
    };
  }

  /** Reads a stretch beyond a place; false where what was read of the log ends. */
  async #readAhead(cursor: Cursor): Promise<boolean> {
    const { reader } = cursor;
    const from = reader.position + reader.pending;
    const length = Math.min(CHUNK_BYTES, this.#reader.position - from);
    if (length <= 0) return false;
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, from);
    if (bytesRead === 0) return false;
    cursor.buffered = cursor.buffered.slice(cursor.consumed);
    cursor.consumed = 0;
    reader.push(buffer.subarray(0, bytesRead), (line) => cursor.buffered.push(line));
    return true;
  }
}

/** Whether the way to the state after so many events can go on from there. */
function canContinueFrom({ state, lastLine, isPastEvent }: Cursor, event: number, isLast: boolean): boolean {
  if (state.events < event) return true;
  return state.events === event && (isLast || !isPastEvent) && (event === 0 || lastLine !== undefined);
}

function step(cursor: Cursor, line: Line): void {
  const before = cursor.state.events;
  reduce(cursor.state, line);
  cursor.consumed++;
  cursor.isPastEvent = cursor.state.events === before;
  if (!cursor.isPastEvent) cursor.lastLine = line;
}

/** The time of an event's line, 0 where it says none; undefined for what is no event. */
function eventTs(line: Line): number | undefined {
  if (!('value' in line)) return undefined;
  const parsed = parseEvent(line.value);
  if (parsed.kind === 'invalid') return undefined;
  return parsed.kind === 'event' ? (parsed.event.ts ?? 0) : 0;
}
