import { paint } from './painter.ts';
import { onThemeChange, readPalette, type Palette } from './palette.ts';
import type { Scene } from './scene.ts';

/** Paints the newest scene on a canvas, at most once a frame, and again when the theme changes. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #stopListening: () => void;
  #palette: Palette | undefined;
  #scene: Scene | undefined;
  #frame: number | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false });
    this.#stopListening = onThemeChange(() => {
      this.#palette = undefined;
      if (this.#scene !== undefined) this.show(this.#scene);
    });
  }

  show(scene: Scene): void {
    this.#scene = scene;
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  dispose(): void {
    this.#stopListening();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #paint(): void {
    this.#frame = undefined;
    const [context, scene] = [this.#context, this.#scene];
    if (context === null || scene === undefined || scene.width === 0) return;
    fitCanvas(context, scene);
    this.#palette ??= readPalette(context);
    paint(context, this.#palette, scene);
    this.#canvas.dataset['painted'] = String(Number(this.#canvas.dataset['painted'] ?? 0) + 1);
  }
}

/** Gives a canvas the screen's resolution. From then on its context takes CSS pixels. A new size clears the canvas. */
export function fitCanvas(context: CanvasRenderingContext2D, size: { width: number; height: number }): void {
  const { canvas } = context;
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
}
