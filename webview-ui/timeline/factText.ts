import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { isMark, type TimelineFact, type TimelineLane } from '#protocol/timeline.ts';
import { formatDuration } from '#webview/components/duration.ts';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';
import { timeText } from './ticks.ts';

const texts = strings.timeline;

let names: ReadonlyMap<string, string | undefined> = new Map();

/** Takes the names of the lanes that are shown now, before any of them is drawn. */
export function nameLanes(lanes: readonly TimelineLane[]): void {
  names = new Map(lanes.map(({ id, name }) => [id, name]));
}

/** The displayed name of a lane. */
export const laneName = (id: string): string =>
  id === CONDUCTOR ? strings.conductor : id === USER ? texts.you : shortText(names.get(id) ?? id, 80);

/** The kind of a fact, and how many facts it combines. */
export function kindText({ kind, item }: TimelineFact): string {
  const name = texts.kinds[kind];
  return item.count === undefined ? name : texts.kindCount(item.count, name);
}

/** The fact's own name; empty if it has none. */
export function nameText({ item }: TimelineFact): string {
  if (isMark(item) && item.to !== undefined) return texts.handedTo(laneName(item.to));
  return item.label === undefined ? '' : shortText(item.label, 100);
}

/** A duration in ms, with more precision than in the panel. */
export function durationText(ms: number): string {
  if (ms < 1000) return texts.milliseconds(Math.round(ms));
  if (ms < 10_000) return strings.seconds(Math.round(ms / 100) / 10);
  if (ms < 90_000 || ms >= 3_600_000) return formatDuration(ms);
  return `${strings.minutes(Math.floor(ms / 60_000))} ${strings.seconds(Math.floor((ms % 60_000) / 1000))}`;
}

/** The start, end and duration of a fact; `now` is the end of spans that have not ended. */
export function whenText({ item, from, to }: TimelineFact, now: number): string {
  if (isMark(item)) return texts.from(timeText(from));
  if (to === undefined) return texts.lasting(timeText(from), durationText(now - from));
  return texts.fromTo(timeText(from), timeText(to), durationText(to - from));
}

/** The fact's text, with how it ended and who ended it. */
export function annotationText({ item }: TimelineFact): string {
  const parts = item.text === undefined ? [] : [shortText(item.text)];
  if (isMark(item)) return parts.join('');
  if (item.block !== undefined) parts.push(texts.blocksAs(item.block));
  if (item.ended !== undefined) {
    const { how, by, comment } = item.ended;
    parts.push(texts.endedBy(texts.endings[how] ?? how, laneName(by)));
    if (comment !== undefined && comment !== '') parts.push(shortText(comment));
  }
  return parts.join(' · ');
}

/** The whole fact in one line, for screen readers. */
export function factText(fact: TimelineFact, now: number): string {
  return [laneName(fact.lane.id), kindText(fact), nameText(fact), whenText(fact, now), annotationText(fact)]
    .filter(Boolean)
    .join(', ');
}
