/**
 * One tab stop for a list (WAI-ARIA roving tabindex), as in VS Code's own lists: arrows move between rows, Tab goes on
 * to the buttons of the current row only. Rows subscribe, so that a move draws two rows and not the list.
 */
export class RovingFocus {
  #current: string | undefined;
  #keys: readonly string[] = [];
  readonly #listeners = new Map<string, (current: boolean) => void>();
  /** Where the focus is, so that a row's end moves it to a neighbour instead of the page. */
  #focused: { row: HTMLElement; index: number } | undefined;

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
    const place = lost ? this.#keys.indexOf(this.#current ?? '') : 0;
    this.#keys = keys;
    if (this.#current === undefined || lost) this.#current = keys[Math.min(Math.max(place, 0), keys.length - 1)];
  }

  /** After rows are drawn: tells rows that were kept who is current, and brings back a focus that went with its row. */
  settle(list: HTMLElement): void {
    for (const [key, listener] of this.#listeners) listener(key === this.#current);
    if (this.#focused === undefined || this.#focused.row.isConnected) return;
    const { index } = this.#focused;
    this.#focused = undefined;
    // without these two checks the panel would take the focus from another field or from the editor
    if (document.activeElement !== document.body || !document.hasFocus()) return;
    const rows = rowsOf(list);
    rows[Math.min(index, rows.length - 1)]?.focus();
  }

  /** The focus has come into a row, by key, pointer or script. */
  entered(list: HTMLElement, row: HTMLElement): void {
    this.#focused = { row, index: rowsOf(list).indexOf(row) };
    this.#setCurrent(row.dataset['row'] ?? '');
  }

  /** The focus has left for another part of the page; a row that merely vanished leaves no successor. */
  left(): void {
    this.#focused = undefined;
  }

  /** Answers a key pressed anywhere in the list. */
  pressed(event: KeyboardEvent, list: HTMLElement): void {
    const target = event.target as HTMLElement;
    const row = target.closest<HTMLElement>('[data-row]');
    if (row === null || event.ctrlKey || event.metaKey || event.altKey || target.matches('input, select, textarea'))
      return;
    if (this.#move(event.key, list, row) || (target === row && act(event.key, row))) event.preventDefault();
  }

  #move(key: string, list: HTMLElement, row: HTMLElement): boolean {
    const rows = rowsOf(list);
    const index = rows.indexOf(row);
    const places: Record<string, number> = {
      ArrowDown: Math.min(index + 1, rows.length - 1),
      ArrowUp: Math.max(index - 1, 0),
      Home: 0,
      End: rows.length - 1,
    };
    const place = places[key];
    if (place === undefined) return moveWithin(key, row);
    rows[place]?.focus();
    return true;
  }

  #setCurrent(key: string): void {
    const before = this.#current;
    if (key === before) return;
    this.#current = key;
    if (before !== undefined) this.#listeners.get(before)?.(false);
    this.#listeners.get(key)?.(true);
  }
}

/** Enter does the row's first action; Delete asks to abort, and the question is answered at its button. */
function act(key: string, row: HTMLElement): boolean {
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

function rowsOf(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('[data-row]')];
}
