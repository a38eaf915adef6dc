import { cutText } from '#webview/components/plainText.ts';
import type { TimelineFact, TimelineView } from '#protocol/timeline.ts';
import type { Layout } from './layout.ts';
import type { Palette } from './palette.ts';
import type { Extent, Range } from './viewport.ts';

/** The subject of a painting. Lengths are CSS pixels, times epoch ms. */
export interface Scene {
  view: TimelineView;
  layout: Layout;
  /** The visible part of the extent. */
  range: Range;
  extent: Extent;
  /** The end of spans that have not ended. */
  now: number;
  /** How far the lanes are scrolled down. */
  top: number;
  width: number;
  height: number;
  /** Width of the column with the lanes' names. */
  gutter: number;
  hovered?: TimelineFact['item'];
}

/** A canvas and the colours to paint on it. */
export interface Brush {
  context: CanvasRenderingContext2D;
  palette: Palette;
}

/** The parameters of every painting function. */
export interface Painting extends Brush {
  scene: Scene;
  /** The horizontal position of a time. */
  x: (ts: number) => number;
}

/** Makes the function from a time to its horizontal position. */
export function xScale({ range, width, gutter }: Pick<Scene, 'range' | 'width' | 'gutter'>): (ts: number) => number {
  const scale = (width - gutter) / (range.to - range.from);
  return (ts) => gutter + (ts - range.from) * scale;
}

/** Paints inside a rectangle only, and restores the context's state. */
export function paintInside(
  { context }: Painting,
  [x, y, width, height]: [x: number, y: number, width: number, height: number],
  paint: () => void,
): void {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  paint();
  context.restore();
}

/** Paints a separating line, which must be fainter than anything that happened. */
export function paintLine({ context, palette }: Painting, x: number, y: number, width: number, height: number): void {
  context.fillStyle = palette.text;
  context.globalAlpha = 0.16;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
}

/** Cuts a text to a width in the context's font; an empty string if nothing fits. */
export function truncateToFit(context: CanvasRenderingContext2D, text: string, maxWidth: number): string {
  if (text.length * 3 < maxWidth && context.measureText(text).width <= maxWidth) return text;
  for (let length = Math.min(text.length, Math.floor(maxWidth / 4)); length > 1; length--) {
    const short = length === text.length ? text : `${cutText(text, length)}…`;
    if (context.measureText(short).width <= maxWidth) return short;
  }
  return '';
}
