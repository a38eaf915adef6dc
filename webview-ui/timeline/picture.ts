import { paint } from './painter.ts';
import { readPalette, type Palette } from './palette.ts';
import type { Scene } from './scene.ts';

/** Paints the newest scene at most once a frame, in the theme's colours, whatever the theme becomes. */
export class Picture {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D | null;
  readonly #theme = new MutationObserver(() => this.#forget());
  #palette: Palette | undefined;
  #scene: Scene | undefined;
  #frame: number | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d', { alpha: false });
    this.#theme.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    // VS Code writes a theme's colours here
    this.#theme.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
  }

  show(scene: Scene): void {
    this.#scene = scene;
    this.#frame ??= requestAnimationFrame(() => this.#paint());
  }

  dispose(): void {
    this.#theme.disconnect();
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
  }

  #forget(): void {
    this.#palette = undefined;
    if (this.#scene !== undefined) this.show(this.#scene);
  }

  #paint(): void {
    this.#frame = undefined;
    const [context, scene] = [this.#context, this.#scene];
    if (context === null || scene === undefined || scene.width === 0) return;
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(scene.width * ratio), Math.round(scene.height * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    this.#palette ??= readPalette(context, this.#canvas);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(context, this.#palette, scene);
    this.#canvas.dataset['painted'] = String(Number(this.#canvas.dataset['painted'] ?? 0) + 1);
  }
}
