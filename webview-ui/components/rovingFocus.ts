/**
 * One tab stop for a list (WAI-ARIA roving tabindex), as in VS Code's own lists: arrows move between rows, Tab goes on
 * to the buttons of the current row only. Rows subscribe, so that a move draws two rows and not the list. A row that the
 * focus should go to need not be in the page: whoever draws it is told, and the focus comes when it is there.
 */
export class RovingFocus {
  #current: string | undefined;
  #keys: readonly string[] = [];
  readonly #listeners = new Map<string, (current: boolean) => void>();
  /** Where the focus is, so that a row's end moves it to a neighbour instead of the page. */
  #focused: { row: HTMLElement; index: number } | undefined;
  /** The focus goes to the current row as soon as that is drawn. */
  #focusPending = false;
  #watcher: (() => void) | undefined;

  /** The row that Tab leads to. */
  get current(): string | undefined {
    return this.#current;
  }

  /** Calls whoever draws rows when another one becomes current. */
  watch(watcher: () => void): void {
    this.#watcher = watcher;
  }

  isCurrent(key: string): boolean {
    return key === this.#current;
  }

  subscribe(key: string, listener: (current: boolean) => void): () => void {
    this.#listeners.set(key, listener);
    return () => {
      if (this.#listeners.get(key) === listener) this.#listeners.delete(key);
    };
  }

  /** Before rows are drawn: keeps exactly one of them reachable by Tab. */
  setKeys(keys: readonly string[]): void {
    const lost = this.#current !== undefined && !keys.includes(this.#current);
    const position = lost ? this.#keys.indexOf(this.#current ?? '') : 0;
    this.#keys = keys;
    if (this.#current === undefined || lost) this.#current = keys[Math.min(Math.max(position, 0), keys.length - 1)];
  }

  /** After rows are drawn: tells rows that were kept who is current, and brings back a focus that went with its row. */
  restoreFocus(list: HTMLElement): void {
    for (const [key, listener] of this.#listeners) listener(key === this.#current);
    if (this.#focusPending) this.#focusRow(list, this.#current ?? '');
    if (this.#focused === undefined || this.#focused.row.isConnected) return;
    const { row, index } = this.#focused;
    this.#focused = undefined;
    // without these two checks the panel would take the focus from another field or from the editor
    if (document.activeElement !== document.body || !document.hasFocus()) return;
    const key = row.dataset['row'] ?? '';
    this.#focusRow(list, this.#keys.includes(key) ? key : (this.#keys[Math.min(index, this.#keys.length - 1)] ?? ''));
  }

  /** The focus has come into a row, by key, pointer or script. */
  focusEntered(row: HTMLElement): void {
    const key = row.dataset['row'] ?? '';
    this.#focused = { row, index: this.#keys.indexOf(key) };
    this.#setCurrent(key);
  }

  /** The focus has left for another part of the page; a row that merely vanished leaves no successor. */
  focusLeft(): void {
    this.#focused = undefined;
  }

  /** Answers a key pressed anywhere in the list. */
  keyPressed(event: KeyboardEvent, list: HTMLElement): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-row]');
    if (row === null || event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select, textarea'))
      return;
    if (this.#move(event.key, list, row) || (target === row && handleKey(event.key, row))) event.preventDefault();
  }

  #move(key: string, list: HTMLElement, row: HTMLElement): boolean {
    const last = this.#keys.length - 1;
    const index = this.#keys.indexOf(row.dataset['row'] ?? '');
    const positions: Record<string, number> = {
      ArrowDown: Math.min(index + 1, last),
      ArrowUp: Math.max(index - 1, 0),
      Home: 0,
      End: last,
    };
    const position = positions[key];
    if (position === undefined) return moveWithin(key, row);
    this.#focusRow(list, this.#keys[position] ?? '');
    return true;
  }

  #focusRow(list: HTMLElement, key: string): void {
    const row = [...list.querySelectorAll<HTMLElement>('[data-row]')].find((each) => each.dataset['row'] === key);
    this.#focusPending = row === undefined;
    if (row === undefined) this.#setCurrent(key);
    else row.focus();
  }

  #setCurrent(key: string): void {
    const before = this.#current;
    if (key === before) return;
    this.#current = key;
    if (before !== undefined) this.#listeners.get(before)?.(false);
    this.#listeners.get(key)?.(true);
    this.#watcher?.();
  }
}

/** Enter does the row's first action; Delete asks to abort, and the question is answered at its button. */
function handleKey(key: string, row: HTMLElement): boolean {
  if (key === 'Enter') {
    const first = row.querySelector<HTMLElement>('button[data-action]');
    first?.click();
    if (first?.dataset['asking'] !== undefined || row.querySelector('[data-asking]')) focusQuestion(row);
    return first !== null;
  }
  const abort = key === 'Delete' ? row.querySelector<HTMLElement>('button[data-action="abort"]') : null;
  if (abort === null) return false;
  if (abort.dataset['asking'] === undefined) abort.click();
  abort.focus();
  return true;
}

function focusQuestion(row: HTMLElement): void {
  row.querySelector<HTMLElement>('[data-asking]')?.focus();
}

/** Left and right walk through the row's buttons and back to the row. */
function moveWithin(key: string, row: HTMLElement): boolean {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return false;
  const stops = [row, ...row.querySelectorAll<HTMLElement>('button')];
  const index = stops.indexOf(document.activeElement as HTMLElement);
  const next = stops[index + (key === 'ArrowRight' ? 1 : -1)];
  next?.focus();
  return next !== undefined;
}
