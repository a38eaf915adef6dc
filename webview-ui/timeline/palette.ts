import type { MarkKind, SpanKind } from '#protocol/timeline.ts';

/** How the bar of a span is filled. Colours shared by several kinds differ by pattern, so that colour alone distinguishes none. */
interface FillStyle {
  fill?: string | CanvasPattern;
  stroke?: string;
  dashed?: boolean;
}

export interface Palette {
  spans: Record<SpanKind, FillStyle>;
  marks: Record<MarkKind, string>;
  ground: string;
  text: string;
  dim: string;
  hover: string;
  now: string;
  /** Set in high-contrast themes, in which every bar has an outline. */
  outline: string | undefined;
  font: string;
  smallFont: string;
}

/** Reads the theme's colours from the custom properties of timeline.css. */
export function readPalette(context: CanvasRenderingContext2D): Palette {
  const style = getComputedStyle(context.canvas);
  const color = (name: string): string => style.getPropertyValue(`--t-${name}`).trim();
  const run = color('run');
  const wait = color('wait');
  const bad = color('bad');
  const off = color('off');
  const text = color('text');
  const ground = color('ground');
  const pattern = (ink: string, kind: PatternKind): CanvasPattern | string => patternOf(context, ink, ground, kind);
  const border = color('outline');
  const family = style.fontFamily;
  return {
    spans: {
      working: { fill: run },
      running: { fill: run },
      waiting: { fill: pattern(wait, 'rising') },
      held: { fill: pattern(wait, 'upright') },
      denied: { fill: pattern(bad, 'level') },
      idle: { stroke: off },
      planned: { stroke: run, dashed: true },
      starting: { stroke: run, dashed: true },
      mixed: { fill: pattern(run, 'fine') },
      block: { fill: wait },
      lock: { fill: pattern(off, 'falling') },
    },
    marks: {
      done: color('good'),
      failed: bad,
      lost: bad,
      aborted: text,
      error: bad,
      refusal: bad,
      decision: text,
      vote: text,
      checkpoint: text,
      handoff: text,
      damage: bad,
    },
    ground,
    text,
    dim: color('dim'),
    hover: color('hover'),
    now: color('now'),
    outline: border === '' || border === 'transparent' ? undefined : border,
    font: `${style.fontSize} ${family}`,
    smallFont: `${Math.max(9, Number.parseFloat(style.fontSize) - 3)}px ${family}`,
  };
}

/** Calls the listener when the theme changes, until the returned function is called. */
export function onThemeChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  // VS Code sets a theme's colours here
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  return () => observer.disconnect();
}

/** The tiles of the patterns, in CSS pixels; a diagonal needs three strokes, so that neighbouring tiles meet. */
const PATTERNS = {
  rising: { size: 7, lineWidth: 2, strokes: 'M-7 7L0 0M0 7L7 0M7 7L14 0' },
  falling: { size: 7, lineWidth: 2, strokes: 'M-7 0L0 7M0 0L7 7M7 0L14 7' },
  upright: { size: 4, lineWidth: 2, strokes: 'M1 0V4' },
  level: { size: 4, lineWidth: 2, strokes: 'M0 1H4' },
  fine: { size: 3, lineWidth: 1, strokes: 'M0.5 0V3' },
};

type PatternKind = keyof typeof PATTERNS;

/** Makes a pattern of lines in one colour; the plain colour if the browser gives no canvas for it. */
function patternOf(
  context: CanvasRenderingContext2D,
  ink: string,
  ground: string,
  kind: PatternKind,
): CanvasPattern | string {
  const { size, lineWidth, strokes } = PATTERNS[kind];
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const tileContext = tile.getContext('2d');
  if (tileContext === null) return ink;
  tileContext.fillStyle = ground;
  tileContext.fillRect(0, 0, size, size);
  tileContext.globalAlpha = 0.25;
  tileContext.fillStyle = ink;
  tileContext.fillRect(0, 0, size, size);
  tileContext.globalAlpha = 1;
  tileContext.strokeStyle = ink;
  tileContext.lineWidth = lineWidth;
  tileContext.stroke(new Path2D(strokes));
  return context.createPattern(tile, 'repeat') ?? ink;
}
