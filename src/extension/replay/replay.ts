import { l10n } from 'vscode';
import { activityText } from '../../core/project/activityWords.ts';
import { project } from '../../core/project/viewModel.ts';
import { waitBetween } from '../../core/replay/pace.ts';
import { Recording } from '../../core/replay/recording.ts';
import { parseEvent } from '../../protocol/parseEvent.ts';
import type { Moment, ReplayView, Speed } from '../../protocol/replay.ts';
import type { SessionState } from '../../protocol/state.ts';
import type { ViewModel } from '../../protocol/viewModel.ts';

/** Playing draws at most this often, folds so long at a stretch, and never makes up for more than this: all ms. */
const FRAME_MS = 40;
const STRETCH_MS = 12;
const LATE_MS = 2000;
/** Marks on the slider: more would be a line. */
const MOST_MARKS = 80;

export interface ReplayOptions {
  /** The session's folder, and the name by which it is known where its log does not say its id. */
  dir: string;
  id: string;
  silentSeconds: () => number;
  /** There is something new to draw. */
  changed: () => void;
  /** There is no past to show any more, and why. */
  over: (why: string) => void;
}

/** Where to begin: after so many events, or at a line of the log by its byte offset. */
export type Start = { event: number } | { pos: number };

/** One session's past as the panel shows it: a moment of its log, moved by hand or played. */
export class Replay {
  readonly #options: ReplayOptions;
  /** One thing at a time is asked of the recording. */
  #last: Promise<void> = Promise.resolve();
  #recording: Recording | undefined;
  #closed = false;
  #read = 0;
  #goal: number | undefined;
  #following = false;
  #speed: Speed = '10';
  /** While it is played: until when, by the clock of whoever looks, everything has been shown. */
  #playing: { timer: NodeJS.Timeout; doneMs: number } | undefined;
  #model: ViewModel | undefined;
  #here: { moment: Moment; text: string } = { moment: { event: 0, pos: 0, ts: 0 }, text: '' };
  #marks: { of: number; marks: ReplayView['marks'] } = { of: -1, marks: [] };

  constructor(options: ReplayOptions, start: Start) {
    this.#options = options;
    this.#do(() => this.#open(start));
  }

  /** What the panel showed at that moment; undefined while the log is still being read. */
  get model(): ViewModel | undefined {
    return this.#model;
  }

  get view(): ReplayView {
    const recording = this.#recording;
    const end = recording?.end;
    return {
      read: this.#read,
      ...this.#here,
      events: end?.event ?? 0,
      startTs: recording?.startTs ?? 0,
      endTs: end?.ts ?? 0,
      playing: this.#playing !== undefined,
      speed: this.#speed,
      marks: this.#marksNow(),
    };
  }

  /** Goes to a moment; the newest wish counts. */
  goTo(to: Start): void {
    this.pause();
    if ('event' in to) this.#seek(to.event);
    else this.#do(async () => this.#seek((await this.#recording?.eventAt(to)) ?? 0));
  }

  /** Goes to the nearest event at which something turned; without one to the end that lies there. */
  jump(which: 'previous' | 'next'): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    const from = this.#goal ?? this.#here.moment.event;
    this.goTo({ event: recording.turningPoints.near(from, which) ?? (which === 'next' ? recording.end.event : 1) });
  }

  /** Plays on from here; at the end of the log from its beginning. */
  play(speed: Speed): void {
    this.#speed = speed;
    if (this.#here.moment.event >= (this.#recording?.end.event ?? 0)) this.#seek(1);
    this.#wait(0, performance.now());
    this.#options.changed();
  }

  pause(): void {
    if (this.#playing === undefined) return;
    clearTimeout(this.#playing.timer);
    this.#playing = undefined;
    this.#options.changed();
  }

  /** The log may have grown. */
  follow(): void {
    if (this.#following || this.#read < 1) return;
    this.#following = true;
    this.#do(async () => {
      this.#following = false;
      await this.#readOn();
    });
  }

  close(): void {
    this.#closed = true;
    this.pause();
    this.#do(async () => this.#recording?.close());
  }

  #do(job: () => Promise<void>): void {
    const { over } = this.#options;
    this.#last = this.#last.then(job).catch((error: unknown) => {
      if (!this.#closed) over(error instanceof Error ? error.message : String(error));
    });
  }

  async #open(start: Start): Promise<void> {
    if (this.#closed) return;
    this.#recording = await Recording.open(this.#options.dir);
    await this.#readOn();
    if (this.#read < 1 || this.#closed) return;
    this.#seek('event' in start ? start.event : await this.#recording.eventAt(start));
  }

  async #readOn(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined || this.#closed) return;
    const { changed, over } = this.#options;
    const before = recording.end.event;
    const reading = await recording.read((share) => {
      // what was read once stays: a log that grows is not loaded again
      if (this.#read < 1) {
        this.#read = Math.min(share, 0.99);
        changed();
      }
      return !this.#closed;
    });
    if (reading === 'replaced') over(l10n.t('Its log was cut, replaced or removed meanwhile.'));
    if (reading !== 'read') return;
    if (this.#read === 1 && recording.end.event === before) return;
    this.#read = 1;
    changed();
  }

  #seek(event: number): void {
    const waiting = this.#goal !== undefined;
    this.#goal = event;
    if (!waiting) this.#do(() => this.#toGoal());
  }

  async #toGoal(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined) return;
    while (this.#goal !== undefined && !this.#closed) {
      const goal = this.#goal;
      const event = Math.max(Math.min(1, recording.end.event), Math.min(goal, recording.end.event));
      const state = await recording.stateAt(event, () => this.#goal === goal && !this.#closed);
      if (state === undefined) continue;
      if (this.#goal === goal) this.#goal = undefined;
      this.#show(recording, state);
    }
    this.#goal = undefined;
  }

  #show(recording: Recording, state: SessionState): void {
    const { id, silentSeconds, changed } = this.#options;
    const { moment, value } = recording.here;
    this.#here = { moment, text: inWords(value) };
    // as a panel drew it then: Claude was there unless the log said that it had left
    this.#model = project(state, { now: moment.ts, silentSeconds: silentSeconds(), id, live: true });
    changed();
  }

  #wait(ms: number, doneMs: number): void {
    clearTimeout(this.#playing?.timer);
    const timer = setTimeout(() => this.#do(() => this.#advance()), Math.max(FRAME_MS, ms));
    this.#playing = { timer, doneMs };
  }

  /** Plays what has come due since the last time, or as much of it as fits into a stretch. */
  async #advance(): Promise<void> {
    const recording = this.#recording;
    const playing = this.#playing;
    if (recording === undefined || playing === undefined) return;
    const startMs = performance.now();
    let doneMs = Math.max(playing.doneMs, startMs - LATE_MS);
    let state: SessionState | undefined;
    while (this.#playing === playing) {
      const { moment } = recording.here;
      const nextTs = await recording.nextTs();
      if (nextTs === undefined) {
        this.pause();
        break;
      }
      const nowMs = performance.now();
      const dueMs = doneMs + waitBetween(moment.ts, nextTs, this.#speed);
      const tired = nowMs - startMs > STRETCH_MS;
      if (dueMs > nowMs || tired) {
        this.#wait(dueMs - nowMs, tired ? nowMs : doneMs);
        break;
      }
      doneMs = dueMs;
      state = await recording.stateAt(moment.event + 1);
    }
    if (state !== undefined) this.#show(recording, state);
  }

  #marksNow(): ReplayView['marks'] {
    const recording = this.#recording;
    if (recording === undefined || this.#read < 1) return [];
    const { event } = recording.end;
    if (this.#marks.of !== event) this.#marks = { of: event, marks: recording.turningPoints.spread(event, MOST_MARKS) };
    return this.#marks.marks;
  }
}

/** What an event says; of bookkeeping at least what it is. */
function inWords(value: unknown): string {
  const parsed = parseEvent(value);
  if (parsed.kind !== 'event') return parsed.kind === 'unknown' ? parsed.t : '';
  const { event } = parsed;
  const said = activityText(event) ?? event.t;
  return 'worker' in event && event.worker !== undefined ? `${event.worker}: ${said}` : said;
}
