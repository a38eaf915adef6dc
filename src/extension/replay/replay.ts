import { l10n } from 'vscode';
import { describeEvent } from '#core/projection/describeEvent.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { Recording } from '#core/history/replay/recording.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { ReplayPosition, ReplayView, Speed } from '#protocol/replay.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { viewTexts, wordingOf } from '#extension/base/viewTexts.ts';
import type { Wording } from '#core/projection/wording.ts';

/** Minimum interval between two frames of playing. */
const FRAME_MS = 40;
/** Events are folded without a pause for at most this long. */
const SLICE_MS = 12;
/** Playing that lags behind more than this skips the rest of the lag. */
const MAX_LAG_MS = 2000;
/** More marks on the slider would merge into a line. */
const MAX_MARKS = 80;
/** Longer gaps between events are played as long as this. */
const MAX_DELAY_MS = 1500;
/** The delay at the speed `events`, which plays one event after the other. */
const EVENT_DELAY_MS = 300;

export interface ReplayOptions {
  /** The session's folder. */
  dir: string;
  /** The session's id where its log does not contain one. */
  id: string;
  silentSeconds: () => number;
  /** The view or the model has changed. */
  onChange: () => void;
  /** The past cannot be shown any more; `reason` is a sentence. */
  onEnd: (reason: string) => void;
}

/** A position to start at: after this many events, at the line at a byte offset of the log, or with the first prompt. */
export type StartPosition = { event: number } | { pos: number } | 'firstPrompt';

/** One session's past as the panel shows it: one position in its log, moved by hand or by playing. */
export class Replay {
  readonly #options: ReplayOptions;
  /** A recording handles one request at a time. */
  #queue: Promise<void> = Promise.resolve();
  #recording: Recording | undefined;
  #closed = false;
  #read = 0;
  #target: number | undefined;
  #following = false;
  #speed: Speed = '10';
  /** Set while playing. `playedMs`: everything that was due until then (by `performance.now()`) has been shown. */
  #playing: { timer: NodeJS.Timeout; playedMs: number } | undefined;
  #model: ViewModel | undefined;
  #current: { position: ReplayPosition; text: string } = { position: { event: 0, pos: 0, ts: 0 }, text: '' };
  #marks: { of: number; marks: ReplayView['highlights'] } = { of: -1, marks: [] };

  constructor(options: ReplayOptions, start: StartPosition) {
    this.#options = options;
    this.#enqueue(() => this.#open(start));
  }

  /** The panel's view model at the current position; undefined while the log is still being read. */
  get model(): ViewModel | undefined {
    return this.#model;
  }

  get view(): ReplayView {
    const recording = this.#recording;
    const end = recording?.end;
    return {
      read: this.#read,
      ...this.#current,
      events: end?.event ?? 0,
      startTs: recording?.startTs ?? 0,
      endTs: end?.ts ?? 0,
      playing: this.#playing !== undefined,
      speed: this.#speed,
      highlights: this.#currentMarks(),
    };
  }

  /** Moves to a position; a move that is still under way is abandoned. */
  goTo(position: StartPosition): void {
    this.pause();
    if (typeof position === 'object' && 'event' in position) return this.#seek(position.event);
    this.#enqueue(async () => {
      if (this.#recording !== undefined) this.#seek(await this.#eventOf(position, this.#recording));
    });
  }

  /** Moves to the nearest highlight in a direction; without one, to that end of the log. */
  jump(to: 'previous' | 'next'): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    const from = this.#target ?? this.#current.position.event;
    this.goTo({ event: recording.highlights.nearest(from, to) ?? (to === 'next' ? recording.end.event : 1) });
  }

  /** Plays from the current position; at the end of the log, from its beginning. */
  play(speed: Speed): void {
    this.#speed = speed;
    if (this.#current.position.event >= (this.#recording?.end.event ?? 0)) this.#seek(1);
    this.#scheduleAdvance(0, performance.now());
    this.#options.onChange();
  }

  pause(): void {
    if (this.#playing === undefined) return;
    clearTimeout(this.#playing.timer);
    this.#playing = undefined;
    this.#options.onChange();
  }

  /** To be called when the log may have grown. */
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
    this.#seek(await this.#eventOf(start, this.#recording));
  }

  async #eventOf(position: StartPosition, recording: Recording): Promise<number> {
    if (position === 'firstPrompt') return recording.firstTurn;
    return 'event' in position ? position.event : recording.eventAt(position);
  }

  async #readNew(): Promise<void> {
    const recording = this.#recording;
    if (recording === undefined || this.#closed) return;
    const { onChange, onEnd } = this.#options;
    const before = recording.end.event;
    const reading = await recording.read((share) => {
      // progress is shown for the first reading only
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
    this.#current = { position, text: describeLine(value, wordingOf(state)) };
    // as the panel drew it then: Claude counts as running until the log records its end
    this.#model = toViewModel(state, {
      now: position.ts,
      silentSeconds: silentSeconds(),
      id,
      live: true,
      texts: viewTexts(),
    });
    onChange();
  }

  #scheduleAdvance(ms: number, playedMs: number): void {
    clearTimeout(this.#playing?.timer);
    const timer = setTimeout(() => this.#enqueue(() => this.#advance()), Math.max(FRAME_MS, ms));
    this.#playing = { timer, playedMs };
  }

  /** Plays what has become due since the last call, or as much of it as fits into a slice. */
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

/** The delay between two events at a playback speed, in ms. The timestamps are epoch ms. */
export function playbackDelay(fromTs: number, toTs: number, speed: Speed): number {
  return speed === 'events' ? EVENT_DELAY_MS : Math.min(MAX_DELAY_MS, Math.max(0, toTs - fromTs) / Number(speed));
}

/** An event in words; one without words by its type. */
function describeLine(value: unknown, wording: Wording): string {
  const parsed = parseEvent(value);
  if (parsed.kind !== 'event') return parsed.kind === 'unknown' ? parsed.t : '';
  const { event } = parsed;
  const text = describeEvent(event, wording) ?? event.t;
  return 'worker' in event && event.worker !== undefined
    ? wording.texts.detail(wording.names.worker(event.worker), text)
    : text;
}
