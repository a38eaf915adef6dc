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
import { blockView, toViewModel } from '#core/projection/toViewModel.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';

/** All of a session that a report tells: how it stands, and every line of its log. */
export interface SessionReport {
  /** When it was made, epoch ms. */
  ts: number;
  /** As every surface draws it, but with all blocks that there ever were, oldest first. */
  view: ViewModel;
  state: SessionState;
  timeline: TimelineView;
  /** The log's lines as they are, in order; those that are damaged are counted in the view. */
  lines: unknown[];
  /** Those of them that are events of a known type. */
  events: Event[];
}

export interface ReportOptions {
  now: number;
  silentSeconds: number;
  live: boolean;
}

/** Reads a session's whole log for a report. Throws the system's error. */
export function sessionReport(dir: string, { now, silentSeconds, live }: ReportOptions): SessionReport {
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
      // a state forgets old blocks; a report does not
      const block = state.blocks.get(`B${n}`);
      if (block !== undefined) blocks.push(block);
    }
  });
  const view = toViewModel(state, { now, silentSeconds, id: basename(dir), live });
  const { id, title, live: isLive } = view.session;
  return {
    ts: now,
    view: { ...view, blocks: blocks.map((b) => blockView(state, b, now)) },
    state,
    timeline: timeline.view(state, { session: { id, title, live: isLive }, read: 1, generatedTs: now }),
    lines,
    events,
  };
}
