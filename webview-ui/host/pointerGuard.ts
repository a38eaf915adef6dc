/** How long a button that has come under a resting pointer ignores it. */
const DEAF_MS = 500;
/** A hand that only clicks moves the pointer no further than this, CSS pixels. */
const MAX_TREMOR = 8;

interface Spot {
  x: number;
  y: number;
}

/** Watches the pointer over a page for as long as the page lives. */
export const guardPointer = (page: Document): unknown => new PointerGuard(page);

/**
 * Lets no click of the pointer reach a button that has only just come under it: rows move when one of them is answered,
 * and a second click at the same spot would answer the next one. The keyboard always works.
 */
class PointerGuard {
  #at: Spot | undefined;
  #under: Element | undefined;
  /** When and where a button has come under the pointer. */
  readonly #came = new WeakMap<Element, Spot & { ts: number }>();

  constructor(root: Document) {
    root.addEventListener('pointermove', (event) => this.#moved(event), true);
    root.addEventListener('scroll', () => this.#look(false), true);
    root.addEventListener('pointerdown', (event) => this.#pressed(event), true);
    root.addEventListener('click', (event) => this.#clicked(event), true);
    let frame: number | undefined;
    new MutationObserver(() => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        this.#look(true);
      });
    }).observe(root.body, { subtree: true, childList: true, attributes: true });
  }

  #moved({ clientX: x, clientY: y, target, pointerType }: PointerEvent): void {
    if (pointerType !== 'mouse') return;
    // browsers report a move of a resting pointer, too, when something comes under it
    if (this.#at?.x === x && this.#at.y === y) return;
    this.#at = { x, y };
    // a person who aims anew means it
    const came = this.#under && this.#came.get(this.#under);
    if (this.#under && came && Math.hypot(x - came.x, y - came.y) > MAX_TREMOR) this.#came.delete(this.#under);
    this.#under = buttonOf(target);
  }

  /** Compares what is under the pointer now with what was there when it came to rest. */
  #look(isMove: boolean): void {
    if (this.#at === undefined) return;
    this.#nowUnder(buttonOf(document.elementFromPoint(this.#at.x, this.#at.y)), isMove);
  }

  #nowUnder(button: Element | undefined, isMove: boolean): void {
    if (button === this.#under) return;
    this.#under = button;
    if (button !== undefined && isMove && this.#at !== undefined)
      this.#came.set(button, { ...this.#at, ts: performance.now() });
  }

  /** What has moved since the last look is found now at the latest. */
  #pressed({ clientX: x, clientY: y, target, pointerType }: PointerEvent): void {
    if (pointerType === 'mouse' && this.#at?.x === x && this.#at.y === y) this.#nowUnder(buttonOf(target), true);
  }

  #clicked(event: MouseEvent): void {
    const button = buttonOf(event.target);
    // a key that presses a button makes a click without a count
    if (button === undefined || event.detail === 0) return;
    const came = this.#came.get(button);
    if (came === undefined || performance.now() - came.ts > DEAF_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

function buttonOf(target: EventTarget | null): Element | undefined {
  return target instanceof Element ? (target.closest('button, summary') ?? undefined) : undefined;
}
