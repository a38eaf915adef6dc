import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Event } from '#protocol/event.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { blockView, toViewModel, type ProjectionOptions } from '#core/projection/toViewModel.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';

/** Everything that a report shows of a session: its state, its timeline and every line of its log. */
export interface SessionReport {
  /** When the report was made, epoch ms. */
  ts: number;
  /** The view model, with all blocks of the session instead of the last ones, oldest first. */
  view: ViewModel;
  state: SessionState;
  timeline: TimelineView;
  /** The values of the log's lines, in order. Damaged lines are missing; the view has their number. */
  lines: unknown[];
  /** The lines that are events of a known type. */
  events: Event[];
}

/** Reads a session's whole log for a report. Throws the system's error. */
export function sessionReport(dir: string, options: Omit<ProjectionOptions, 'id'>): SessionReport {
  const { now } = options;
  const state = emptyState();
  const lines: unknown[] = [];
  const events: Event[] = [];
  const blocks: Block[] = [];
  const timeline = new Timeline();
  new LineReader().push(readFileSync(sessionPaths(dir).log), (line) => {
    if ('value' in line) {
      const parsed = parseEvent(line.value);
      if (parsed.kind !== 'invalid') lines.push(line.value);
      if (parsed.kind === 'event') events.push(parsed.event);
    }
    const before = state.blockCount;
    reduce(state, line);
    timeline.update(state, line);
    for (let n = before + 1; n <= state.blockCount; n++) {
      // the state drops old blocks, so they are collected here
      const block = state.blocks.get(`B${n}`);
      if (block !== undefined) blocks.push(block);
    }
  });
  const view = toViewModel(state, { ...options, id: basename(dir) });
  const { id, title, live } = view.session;
  return {
    ts: now,
    view: { ...view, blocks: blocks.map((b) => blockView(state, b, now)) },
    state,
    timeline: timeline.view(state, { session: { id, title, live }, read: 1, generatedTs: now }),
    lines,
    events,
  };
}
