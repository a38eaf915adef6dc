import type { MarkKind, SpanKind } from '#protocol/timeline.ts';

/** How something is filled: a pattern beside the colour, so that none is told by its colour alone. */
export interface FillStyle {
  fill?: string | CanvasPattern;
  stroke?: string;
  dashed?: boolean;
}

/** Lines to go by must not be louder than what happened. */
export const FAINT = 0.16;

export interface Palette {
  spans: Record<SpanKind, FillStyle>;
  marks: Record<MarkKind, string>;
  ground: string;
  text: string;
  dim: string;
  hover: string;
  now: string;
  /** High contrast: everything has an outline. */
  outline: string | undefined;
  font: string;
  smallFont: string;
}

/** Reads the theme's colours as timeline.css names them. To be read again when the theme changes. */
export function readPalette(context: CanvasRenderingContext2D, element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const color = (name: string): string => style.getPropertyValue(`--t-${name}`).trim();
  const [run, wait, bad, good, off, ground] = ['run', 'wait', 'bad', 'good', 'off', 'ground'].map(color) as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const pattern = (ink: string, patternKind: PatternKind): CanvasPattern | string =>
    patternOf(context, ink, ground, patternKind) ?? ink;
  const text = color('text');
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
      done: good,
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

type PatternKind = 'rising' | 'falling' | 'upright' | 'level' | 'fine';

/** Lines of a colour on the ground, drawn once and repeated. */
function patternOf(
  context: CanvasRenderingContext2D,
  ink: string,
  ground: string,
  patternKind: PatternKind,
): CanvasPattern | null {
  const size = patternKind === 'fine' ? 3 : patternKind === 'upright' || patternKind === 'level' ? 4 : 7;
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
  tileContext.lineWidth = patternKind === 'fine' ? 1 : 2;
  tileContext.beginPath();
  for (const [x1, y1, x2, y2] of strokesOf(patternKind, size)) {
    tileContext.moveTo(x1, y1);
    tileContext.lineTo(x2, y2);
  }
  tileContext.stroke();
  return context.createPattern(tile, 'repeat');
}

type Stroke = [x1: number, y1: number, x2: number, y2: number];

function strokesOf(patternKind: PatternKind, size: number): Stroke[] {
  switch (patternKind) {
    case 'upright':
      return [[1, 0, 1, size]];
    case 'level':
      return [[0, 1, size, 1]];
    case 'fine':
      return [[0.5, 0, 0.5, size]];
    case 'rising':
    case 'falling': {
      // three, so that the corners meet
      const shifts = [-size, 0, size];
      return shifts.map((shift): Stroke =>
        patternKind === 'rising' ? [shift, size, shift + size, 0] : [shift, 0, shift + size, size],
      );
    }
  }
}
