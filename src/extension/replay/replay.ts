import { l10n } from 'vscode';
import { describeEvent } from '#core/projection/describeEvent.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { playbackDelay } from '#core/history/replay/playbackDelay.ts';
import { Recording } from '#core/history/replay/recording.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { ReplayPosition, ReplayView, Speed } from '#protocol/replay.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';

/** Playing draws at most this often, folds so long at a stretch, and never makes up for more than this: all ms. */
const FRAME_MS = 40;
const SLICE_MS = 12;
const MAX_LAG_MS = 2000;
/** Marks on the slider: more would be a line. */
const MAX_MARKS = 80;

export interface ReplayOptions {
  /** The session's folder, and the name by which it is known where its log does not say its id. */
  dir: string;
  id: string;
  silentSeconds: () => number;
  /** There is something new to draw. */
  onChange: () => void;
  /** There is no past to show any more, and why. */
  onEnd: (why: string) => void;
}

/** Where to begin: after so many events, or at a line of the log by its byte offset. */
export type StartPosition = { event: number } | { pos: number };

/** One session's past as the panel shows it: a moment of its log, moved by hand or played. */
export class Replay {
  readonly #options: ReplayOptions;
  /** One thing at a time is asked of the recording. */
  #queue: Promise<void> = Promise.resolve();
  #recording: Recording | undefined;
  #closed = false;
  #read = 0;
  #target: number | undefined;
  #following = false;
  #speed: Speed = '10';
  /** While it is played: until when, by the clock of whoever looks, everything has been shown. */
  #playing: { timer: NodeJS.Timeout; playedMs: number } | undefined;
  #model: ViewModel | undefined;
  #here: { position: ReplayPosition; text: string } = { position: { event: 0, pos: 0, ts: 0 }, text: '' };
  #marks: { of: number; marks: ReplayView['highlights'] } = { of: -1, marks: [] };

  constructor(options: ReplayOptions, start: StartPosition) {
    this.#options = options;
    this.#enqueue(() => this.#open(start));
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
      highlights: this.#currentMarks(),
    };
  }

  /** Goes to a moment; the newest wish counts. */
  goTo(to: StartPosition): void {
    this.pause();
    if ('event' in to) this.#seek(to.event);
    else this.#enqueue(async () => this.#seek((await this.#recording?.eventAt(to)) ?? 0));
  }

  /** Goes to the nearest event at which something turned; without one to the end that lies there. */
  jump(which: 'previous' | 'next'): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    const from = this.#target ?? this.#here.position.event;
    this.goTo({ event: recording.highlights.nearest(from, which) ?? (which === 'next' ? recording.end.event : 1) });
  }

  /** Plays on from here; at the end of the log from its beginning. */
  play(speed: Speed): void {
    this.#speed = speed;
    if (this.#here.position.event >= (this.#recording?.end.event ?? 0)) this.#seek(1);
    this.#scheduleAdvance(0, performance.now());
    this.#options.onChange();
  }

  pause(): void {
    if (this.#playing === undefined) return;
    clearTimeout(this.#playing.timer);
    this.#playing = undefined;
    this.#options.onChange();
  }

  /** The log may have grown. */
  follow(): void {
    if (this.#following || this.#read < 1) return;
    this.#following = true;
    this.#enqueue(async () => {
      this.#following = false;
      await this.#readNew();
    });
  }

  close(): void {
    this.#closed = true;
    this.pause();
    this.#enqueue(async () => this.#recording?.close());
  }

  #enqueue(job: () => Promise<void>): void {
    const { onEnd } = this.#options;
    this.#queue = this.#queue.then(job).catch((error: unknown) => {
      if (!this.#closed) onEnd(error instanceof Error ? error.message : String(error));
    });
  }

  async #open(start: StartPosition): Promise<void> {
    if (this.#closed) return;
    this.#recording = await Recording.open(this.#options.dir);
    await this.#readNew();
    if (this.#read < 1 || this.#closed) return;
    this.#seek('event' in start ? start.event : await this.#recording.eventAt(start));
  }

  async #readNew(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined || this.#closed) return;
    const { onChange, onEnd } = this.#options;
    const before = recording.end.event;
    const reading = await recording.read((share) => {
      // what was read once stays: a log that grows is not loaded again
      if (this.#read < 1) {
        this.#read = Math.min(share, 0.99);
        onChange();
      }
      return !this.#closed;
    });
    if (reading === 'replaced') onEnd(l10n.t('Its log was cut, replaced or removed meanwhile.'));
    if (reading !== 'read') return;
    if (this.#read === 1 && recording.end.event === before) return;
    this.#read = 1;
    onChange();
  }

  #seek(event: number): void {
    const waiting = this.#target !== undefined;
    this.#target = event;
    if (!waiting) this.#enqueue(() => this.#seekTarget());
  }

  async #seekTarget(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined) return;
    while (this.#target !== undefined && !this.#closed) {
      const target = this.#target;
      const event = Math.max(Math.min(1, recording.end.event), Math.min(target, recording.end.event));
      const state = await recording.stateAt(event, () => this.#target === target && !this.#closed);
      if (state === undefined) continue;
      if (this.#target === target) this.#target = undefined;
      this.#show(recording, state);
    }
    this.#target = undefined;
  }

  #show(recording: Recording, state: SessionState): void {
    const { id, silentSeconds, onChange } = this.#options;
    const { position, value } = recording.current;
    this.#here = { position, text: describeValue(value) };
    // as a panel drew it then: Claude was there unless the log said that it had left
    this.#model = toViewModel(state, { now: position.ts, silentSeconds: silentSeconds(), id, live: true });
    onChange();
  }

  #scheduleAdvance(ms: number, playedMs: number): void {
    clearTimeout(this.#playing?.timer);
    const timer = setTimeout(() => this.#enqueue(() => this.#advance()), Math.max(FRAME_MS, ms));
    this.#playing = { timer, playedMs };
  }

  /** Plays what has come due since the last time, or as much of it as fits into a stretch. */
  async #advance(): Promise<void> {
    const recording = this.#recording;
    const playing = this.#playing;
    if (recording === undefined || playing === undefined) return;
    const startMs = performance.now();
    let playedMs = Math.max(playing.playedMs, startMs - MAX_LAG_MS);
    let state: SessionState | undefined;
    while (this.#playing === playing) {
      const { position } = recording.current;
      const nextTs = await recording.nextTs();
      if (nextTs === undefined) {
        this.pause();
        break;
      }
      const nowMs = performance.now();
      const dueMs = playedMs + playbackDelay(position.ts, nextTs, this.#speed);
      const outOfTime = nowMs - startMs > SLICE_MS;
      if (dueMs > nowMs || outOfTime) {
        this.#scheduleAdvance(dueMs - nowMs, outOfTime ? nowMs : playedMs);
        break;
      }
      playedMs = dueMs;
      state = await recording.stateAt(position.event + 1);
    }
    if (state !== undefined) this.#show(recording, state);
  }

  #currentMarks(): ReplayView['highlights'] {
    const recording = this.#recording;
    if (recording === undefined || this.#read < 1) return [];
    const { event } = recording.end;
    if (this.#marks.of !== event) this.#marks = { of: event, marks: recording.highlights.sample(event, MAX_MARKS) };
    return this.#marks.marks;
  }
}

/** What an event says; of bookkeeping at least what it is. */
function describeValue(value: unknown): string {
  const parsed = parseEvent(value);
  if (parsed.kind !== 'event') return parsed.kind === 'unknown' ? parsed.t : '';
  const { event } = parsed;
  const text = describeEvent(event) ?? event.t;
  return 'worker' in event && event.worker !== undefined ? `${event.worker}: ${text}` : text;
}
