import { statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Moment } from '../../protocol/replay.ts';
import type { SessionState } from '../../protocol/state.ts';
import { parseEvent } from '../../protocol/parseEvent.ts';
import { reduce } from '../fold/reduce.ts';
import { emptyState } from '../fold/state.ts';
import { LineReader, type Line } from '../log/lines.ts';
import { marksAt } from '../log/marks.ts';
import { sessionPaths } from '../paths.ts';
import { KeptStates } from './keptStates.ts';
import { Stops } from './stops.ts';
import { TurningPoints } from './turningPoints.ts';

/** So much is read and folded at a stretch, some 6 ms; then everybody else has their turn. */
const CHUNK = 256 * 1024;
/** From a stop to the event that is looked for it is not far. */
const NEAR = 64 * 1024;

/** A place in the log with the state there, and the lines that were read beyond it. */
interface Cursor {
  state: SessionState;
  reader: LineReader;
  ahead: Line[];
  /** How many of the lines ahead are folded. */
  taken: number;
  /** The line of the last event, and whether damaged ones after it are folded, too. */
  last: Line | undefined;
  beyond: boolean;
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
  readonly #stops = new Stops();
  readonly #kept: KeptStates;
  readonly turningPoints = new TurningPoints();
  #marks: Buffer[] = [];
  #startTs: number | undefined;
  #lastPos = 0;
  #cursor: Cursor | undefined;

  private constructor(dir: string, file: FileHandle, inode: number, kept: KeptStates) {
    this.dir = dir;
    this.#file = file;
    this.#inode = inode;
    this.#kept = kept;
  }

  /** Opens a session's log; nothing of it is read yet. Throws the system's error. */
  static async open(dir: string, kept = new KeptStates()): Promise<Recording> {
    const file = await open(sessionPaths(dir).log, 'r');
    return new Recording(dir, file, (await file.stat()).ino, kept);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** How everything stands that was read. To be read only until more is. */
  get state(): SessionState {
    return this.#state;
  }

  /** The moment of the last event that was read. */
  get end(): Moment {
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
  async read(goOn: (share: number) => boolean = () => true): Promise<'read' | 'stopped' | 'replaced'> {
    if (!this.#isSame()) return 'replaced';
    const { size } = await this.#file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(1, size - this.#fed)));
    while (this.#fed < size) {
      if (!goOn(this.#fed / size)) return 'stopped';
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, size - this.#fed), this.#fed);
      if (bytesRead === 0) return 'replaced';
      this.#reader.push(buffer.subarray(0, bytesRead), (line) => this.#fold(line));
    }
    this.#marks = marksAt(this.#file.fd, this.#fed);
    return 'read';
  }

  /** The state after so many events; of the last one with all that follows it. To be read only until the next call. */
  async stateAt(event: number, goOn: () => boolean = () => true): Promise<SessionState | undefined> {
    const isLast = event >= this.end.event;
    const cursor = this.#nearest(event, isLast);
    this.#cursor = cursor;
    const there = (): boolean => !isLast && cursor.state.events >= event;
    do {
      if (!goOn()) return undefined;
      while (!there()) {
        const line = cursor.ahead[cursor.taken];
        if (line === undefined) break;
        step(cursor, line);
      }
    } while (!there() && (await this.#readAhead(cursor)));
    return cursor.state;
  }

  /** Where the last state that was asked for stands, and the line of its last event. */
  get here(): { moment: Moment; value: unknown } {
    const { state, last } = this.#cursor ?? { state: emptyState(), last: undefined };
    const value = last !== undefined && 'value' in last ? last.value : undefined;
    return { moment: { event: state.events, pos: last?.pos ?? 0, ts: state.lastTs || this.startTs }, value };
  }

  /** The time of the event after the last state that was asked for; undefined at the end. */
  async nextTs(): Promise<number | undefined> {
    const cursor = this.#cursor;
    if (cursor === undefined || cursor.state.events >= this.end.event) return undefined;
    do {
      for (let i = cursor.taken; i < cursor.ahead.length; i++) {
        const line = cursor.ahead[i];
        const ts = line && timeIn(line);
        if (ts !== undefined) return Math.max(ts, cursor.state.lastTs);
      }
    } while (await this.#readAhead(cursor));
    return undefined;
  }

  /** How many events there were up to a position in bytes, or a time: the moment to go to from a picture of the log. */
  async eventAt(at: { pos: number } | { ts: number }): Promise<number> {
    const stop = 'pos' in at ? this.#stops.atPosition(at.pos) : this.#stops.atTime(at.ts);
    if (stop === undefined) return 0;
    const buffer = Buffer.allocUnsafe(NEAR);
    const reader = new LineReader(stop.pos);
    let [event, beyond] = [stop.event - 1, false];
    for (;;) {
      const from = reader.position + reader.pending;
      const { bytesRead } = await this.#file.read(buffer, 0, NEAR, from);
      if (bytesRead === 0) break;
      reader.push(buffer.subarray(0, bytesRead), (line) => {
        const ts = timeIn(line);
        beyond ||= 'pos' in at ? line.pos > at.pos : ts !== undefined && ts > at.ts;
        if (!beyond && ts !== undefined) event++;
      });
      if (beyond) break;
    }
    return Math.min(event, this.end.event);
  }

  get #fed(): number {
    return this.#reader.position + this.#reader.pending;
  }

  #isSame(): boolean {
    const stats = statSync(sessionPaths(this.dir).log, { throwIfNoEntry: false });
    if (stats === undefined || stats.ino !== this.#inode || stats.size < this.#fed) return false;
    const now = marksAt(this.#file.fd, this.#fed);
    return this.#marks.every((mark, i) => now[i]?.equals(mark));
  }

  #fold(line: Line): void {
    const before = this.#state.events;
    reduce(this.#state, line);
    if (this.#state.events !== before) {
      const { events: event, lastTs: ts } = this.#state;
      this.#lastPos = line.pos;
      if (ts > 0) this.#startTs ??= ts;
      this.#stops.add({ event, pos: line.pos, ts });
      this.turningPoints.look(this.#state, line.pos);
    }
    this.#kept.offer(this.#state, this.#reader.position);
  }

  /** From where the fewest lines are to be folded. */
  #nearest(event: number, isLast: boolean): Cursor {
    const kept = this.#kept.before(event);
    const here = this.#cursor;
    if (here !== undefined && isBefore(here, event, isLast) && here.state.events >= (kept?.events ?? 0)) return here;
    const [state, position] = kept === undefined ? [emptyState(), 0] : [kept.read(), kept.position];
    return { state, reader: new LineReader(position), ahead: [], taken: 0, last: undefined, beyond: false };
  }

  /** Reads a stretch beyond a place; false where what was read of the log ends. */
  async #readAhead(cursor: Cursor): Promise<boolean> {
    const { reader } = cursor;
    const from = reader.position + reader.pending;
    const length = Math.min(CHUNK, this.#reader.position - from);
    if (length <= 0) return false;
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.#file.read(buffer, 0, length, from);
    if (bytesRead === 0) return false;
    cursor.ahead = cursor.ahead.slice(cursor.taken);
    cursor.taken = 0;
    reader.push(buffer.subarray(0, bytesRead), (line) => cursor.ahead.push(line));
    return true;
  }
}

/** Whether the way to the state after so many events can go on from there. */
function isBefore({ state, last, beyond }: Cursor, event: number, isLast: boolean): boolean {
  if (state.events < event) return true;
  return state.events === event && (isLast || !beyond) && (event === 0 || last !== undefined);
}

function step(cursor: Cursor, line: Line): void {
  const before = cursor.state.events;
  reduce(cursor.state, line);
  cursor.taken++;
  cursor.beyond = cursor.state.events === before;
  if (!cursor.beyond) cursor.last = line;
}

/** The time of an event's line, 0 where it says none; undefined for what is no event. */
function timeIn(line: Line): number | undefined {
  if (!('value' in line)) return undefined;
  const parsed = parseEvent(line.value);
  if (parsed.kind === 'invalid') return undefined;
  return parsed.kind === 'event' ? (parsed.event.ts ?? 0) : 0;
}
