import { basename } from 'node:path';
import type { Event } from '#protocol/event.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { reduce } from '#core/fold/reduce.ts';
import { readOwnCalls } from '#core/claude/transcript/ownCalls.ts';
import { readNames } from '#core/claude/transcript/readWords.ts';
import { emptyState } from '#core/fold/state.ts';
import type { Line } from '#core/log/lineReader.ts';
import { LogFile } from '#core/log/logFile.ts';
import { describeEvent } from '#core/projection/describeEvent.ts';
import type { ProjectionOptions } from '#core/projection/projectionOptions.ts';
import { namesOf } from '#core/projection/names.ts';
import { blockView, toViewModel } from '#core/projection/toViewModel.ts';
import { ENGLISH, type Names, type Wording } from '#core/projection/wording.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';

/** A report lists the newest ones: a browser cannot handle a million rows, and the memory of an export is bounded. */
const MAX_EVENTS = 5000;
const MAX_BLOCKS = 2000;

/** What a report shows of a session: its state, its timeline and its newest events. */
export interface SessionReport {
  /** When the report was made, epoch ms. */
  ts: number;
  /** The view model, with the session's newest blocks instead of the last few, oldest first. */
  view: ViewModel;
  state: SessionState;
  timeline: TimelineView;
  /** What a person calls its workers and blocks. */
  names: Names;
  events: EventRow[];
  /** How many earlier blocks and events the report has left out. */
  omitted: { blocks: number; events: number };
  /** The position up to which the log was read. */
  end: number;
}

/** An event as a report lists it. */
export interface EventRow {
  ts: number | undefined;
  worker: string | undefined;
  t: string;
  text: string | undefined;
}

/** The newest items of a series, and how many there were before them. */
class Newest<Item> {
  readonly #most: number;
  #items: Item[] = [];
  #omitted = 0;

  constructor(most: number) {
    this.#most = most;
  }

  push(item: Item): void {
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#most) this.#trim();
  }

  get(): { items: Item[]; omitted: number } {
    this.#trim();
    return { items: this.#items, omitted: this.#omitted };
  }

  #trim(): void {
    const over = Math.max(0, this.#items.length - this.#most);
    this.#omitted += over;
    this.#items = this.#items.slice(over);
  }
}

/** Reads a session's whole log for a report, in bounded memory. Throws the system's error. */
export function sessionReport(dir: string, options: Omit<ProjectionOptions, 'id'>): SessionReport {
  const { now } = options;
  const state = emptyState();
  const events = new Newest<EventRow>(MAX_EVENTS);
  const blocks = new Newest<Block>(MAX_BLOCKS);
  const timeline = new Timeline();
  const names = namesOf('', state, undefined, ENGLISH);
  const wording: Wording = { texts: ENGLISH, names };
  const log = new LogFile(dir);
  log.read((line) => {
    const parsed = 'value' in line ? parseEvent(line.value) : undefined;
    const before = state.blockCount;
    const eventsBefore = state.events;
    reduce(state, line);
    if (parsed?.kind === 'event' && state.events !== eventsBefore) events.push(reported(parsed.event, wording));
    timeline.update(state, line);
    for (let n = before + 1; n <= state.blockCount; n++) {
      // the state drops old blocks, so they are collected here
      const block = state.blocks.get(`B${n}`);
      if (block !== undefined) blocks.push(block);
    }
  });
  const transcript = readNames(state.session.transcript);
  const calls = readOwnCalls(state.session.transcript);
  const view = toViewModel(state, { ...options, transcript, id: basename(dir) });
  const { id, name: title, live } = view.session;
  return {
    ts: now,
    view: { ...view, blocks: blocks.get().items.map((b) => blockView(state, b, { now, wording })) },
    state,
    timeline: timeline.view(state, { session: { id, title, live }, read: 1, generatedTs: now }, calls),
    names,
    events: events.get().items,
    omitted: { blocks: blocks.get().omitted, events: events.get().omitted },
    end: log.position,
  };
}

function reported(event: Event, wording: Wording): EventRow {
  const worker = 'worker' in event && event.worker !== undefined ? wording.names.worker(event.worker) : undefined;
  return { ts: event.ts, worker, t: event.t, text: describeEvent(event, wording) };
}

/** Calls `onValue` for each readable line of a log up to a position, in order. Throws the system's error. */
export function forEachValue(dir: string, end: number, onValue: (value: unknown) => void): void {
  const onLine = (line: Line): void => {
    if (line.pos < end && 'value' in line && parseEvent(line.value).kind !== 'invalid') onValue(line.value);
  };
  new LogFile(dir).read(onLine, undefined, end);
}
