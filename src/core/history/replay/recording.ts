import { statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { ReplayPosition } from '#protocol/replay.ts';
import type { SessionState } from '#protocol/state.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { openHandle } from '#core/base/files/openFile.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { LogFile } from '#core/log/logFile.ts';
import { logToRead } from '#core/base/paths.ts';
import { StateCache } from './stateCache.ts';
import { SparseIndex } from './sparseIndex.ts';
import { Highlights } from './highlights.ts';

/** Reading and folding one chunk blocks the extension host for some 6 ms. */
const CHUNK_BYTES = 256 * 1024;
/** An event is close behind the nearest entry of the index, so a small chunk is enough to find it. */
const SEEK_BYTES = 64 * 1024;

/** A position in the log with the state there, and the lines that were read beyond it. */
interface Cursor {
  state: SessionState;
  reader: LineReader;
  buffered: Line[];
  /** How many of the buffered lines are folded. */
  consumed: number;
  /** The line of the last folded event, and whether damaged lines after it are folded, too. */
  lastLine?: Line;
  isPastEvent: boolean;
}

/**
 * A session's log with random access to its states: read once from beginning to end in chunks; afterwards the state at
 * any event is a cached state and a short fold away. The file stays open, so its bytes stay readable whatever happens
 * to the path. Only one call at a time is allowed.
 */
export class Recording {
  readonly dir: string;
  readonly #file: FileHandle;
  /** What was read of the file. */
  readonly #log: LogFile;
  readonly #state = emptyState();
  readonly #index = new SparseIndex();
  readonly #states: StateCache;
  readonly highlights = new Highlights();
  #startTs: number | undefined;
  #firstTurn: number | undefined;
  #lastPos = 0;
  #cursor: Cursor | undefined;

  private constructor(dir: string, file: FileHandle, inode: number, states: StateCache) {
    this.dir = dir;
    this.#file = file;
    this.#log = new LogFile(dir, inode);
    this.#states = states;
  }

  /** Opens a session's log; nothing of it is read yet. Throws the system's error. */
  static async open(dir: string, states = new StateCache()): Promise<Recording> {
    const file = await openHandle(logToRead(dir));
    return new Recording(dir, file, (await file.stat()).ino, states);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** The state after everything that was read. Valid until the next `read`, which changes it in place. */
  get state(): SessionState {
    return this.#state;
  }

  /** The position of the last event that was read. */
  get end(): ReplayPosition {
    return { event: this.#state.events, pos: this.#lastPos, ts: this.#state.lastTs };
  }

  /** The event with which the first turn began, so the first prompt; the first event where there was no turn. */
  get firstTurn(): number {
    return this.#firstTurn ?? 1;
  }

  /** The first time in the log, epoch ms; 0 where there is none. */
  get startTs(): number {
    return this.#startTs ?? 0;
  }

  /**
   * Reads what was appended; `shouldContinue` gets the share that was read and may stop it before each chunk. Returns
   * `replaced` where the log that was read is not the session's any more: it was cut, replaced or removed. Throws the
   * system's error.
   */
  async read(shouldContinue: (share: number) => boolean = () => true): Promise<'read' | 'stopped' | 'replaced'> {
    if (!this.#isSameLog()) return 'replaced';
    const log = this.#log;
    const { size } = await this.#file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, Math.max(1, size - log.readEnd)));
    while (log.readEnd < size) {
      if (!shouldContinue(log.readEnd / size)) return 'stopped';
      const length = Math.min(buffer.length, size - log.readEnd);
      const { bytesRead } = await this.#file.read(buffer, 0, length, log.readEnd);
      if (bytesRead === 0) return 'replaced';
      log.push(buffer.subarray(0, bytesRead), (line) => this.#fold(line));
      log.updateFingerprint(this.#file.fd);
    }
    return 'read';
  }

  /**
   * The state after the first `event` events; for the last event, also with the damaged lines that follow it. Valid
   * until the next call. Undefined where `shouldContinue` stopped it.
   */
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

  /** The position of the state that `stateAt` returned last, and the value of its last event's line. */
  get current(): { position: ReplayPosition; value: unknown } {
    const { state, lastLine } = this.#cursor ?? { state: emptyState(), lastLine: undefined };
    const value = lastLine !== undefined && 'value' in lastLine ? lastLine.value : undefined;
    return { position: { event: state.events, pos: lastLine?.pos ?? 0, ts: state.lastTs || this.startTs }, value };
  }

  /** The time of the event that follows the state that `stateAt` returned last; undefined at the end. */
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

  /** The number of events up to a byte offset or a time: what to give to `stateAt` for a place on a timeline. */
  async eventAt(at: { pos: number } | { ts: number }): Promise<number> {
    const entry = 'pos' in at ? this.#index.atPosition(at.pos) : this.#index.atTime(at.ts);
    if (entry === undefined) return 0;
    const buffer = Buffer.allocUnsafe(SEEK_BYTES);
    const reader = new LineReader(entry.pos);
    let [event, isPastTarget] = [entry.event - 1, false];
    for (;;) {
      const from = reader.end;
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

  #isSameLog(): boolean {
    const stats = statSync(logToRead(this.dir), { throwIfNoEntry: false });
    return stats !== undefined && this.#log.isSameFile(this.#file.fd, stats.ino, stats.size);
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
      if (this.#state.conductor.turn > 0) this.#firstTurn ??= event;
    }
    this.#states.offer(this.#state, this.#log.position);
  }

  /** The cursor from which the fewest lines have to be folded. */
  #nearestCursor(event: number, isLast: boolean): Cursor {
    const cached = this.#states.before(event);
    const cursor = this.#cursor;
    if (cursor !== undefined && canContinueFrom(cursor, event, isLast) && cursor.state.events >= (cached?.events ?? 0))
      return cursor;
    const [state, position] = cached === undefined ? [emptyState(), 0] : [cached.read(), cached.position];
    return { state, reader: new LineReader(position), buffered: [], consumed: 0, isPastEvent: false };
  }

  /** Buffers the lines of a further chunk; false at the end of what was read of the log. */
  async #readAhead(cursor: Cursor): Promise<boolean> {
    const { reader } = cursor;
    const from = reader.end;
    const length = Math.min(CHUNK_BYTES, this.#log.position - from);
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

/** Whether the state after `event` events can be reached by folding further lines. */
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

/** The time of an event's line, 0 where it has none; undefined where the line is no event. */
function eventTs(line: Line): number | undefined {
  if (!('value' in line)) return undefined;
  const parsed = parseEvent(line.value);
  if (parsed.kind === 'invalid') return undefined;
  return parsed.kind === 'event' ? (parsed.event.ts ?? 0) : 0;
}
