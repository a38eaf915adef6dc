import type { MarkKind, SpanKind } from '#protocol/timeline.ts';

/** How the bar of a span is filled. Colours shared by several kinds differ by pattern, so that colour alone distinguishes none. */
export interface FillStyle {
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
  const pattern = (ink: string, kind: PatternKind): CanvasPattern | string =>
    patternOf(context, ink, ground, kind) ?? ink;
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

type PatternKind = 'rising' | 'falling' | 'upright' | 'level' | 'fine';

/** Makes a pattern of lines in one colour; null if the browser has no canvas for it. */
function patternOf(
  context: CanvasRenderingContext2D,
  ink: string,
  ground: string,
  kind: PatternKind,
): CanvasPattern | null {
  const size = kind === 'fine' ? 3 : kind === 'upright' || kind === 'level' ? 4 : 7;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const tileContext = tile.getContext('2d');
  if (tileContext === null) return null;
  tileContext.fillStyle = ground;
  tileContext.fillRect(0, 0, size, size);
  tileContext.globalAlpha = 0.25;
  tileContext.fillStyle = ink;
  tileContext.fillRect(0, 0, size, size);
  tileContext.globalAlpha = 1;
  tileContext.strokeStyle = ink;
  tileContext.lineWidth = kind === 'fine' ? 1 : 2;
  tileContext.beginPath();
  for (const [x1, y1, x2, y2] of strokesOf(kind, size)) {
    tileContext.moveTo(x1, y1);
    tileContext.lineTo(x2, y2);
  }
  tileContext.stroke();
  return context.createPattern(tile, 'repeat');
}

type Stroke = [x1: number, y1: number, x2: number, y2: number];

function strokesOf(kind: PatternKind, size: number): Stroke[] {
  switch (kind) {
    case 'upright':
      return [[1, 0, 1, size]];
    case 'level':
      return [[0, 1, size, 1]];
    case 'fine':
      return [[0.5, 0, 0.5, size]];
    case 'rising':
    case 'falling': {
      // three lines, so that the corners of neighbouring tiles meet
      const shifts = [-size, 0, size];
      return shifts.map((shift): Stroke =>
        kind === 'rising' ? [shift, size, shift + size, 0] : [shift, 0, shift + size, size],
      );
    }
  }
}
