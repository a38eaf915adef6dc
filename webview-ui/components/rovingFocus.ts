/** A row that gets the focus from outside of its list; a greater count asks for it again. */
export interface FocusRequest {
  row: string;
  count: number;
}

/**
 * One tab stop for a list (WAI-ARIA roving tabindex), as in VS Code's own lists: arrow keys move between rows, and Tab
 * moves to the buttons of the current row only. Rows subscribe, so that a move draws two rows and not the list. The
 * focus may move to a row that is not in the page: the watcher then draws it, and `restoreFocus` focuses it.
 */
export class RovingFocus {
  #current: string | undefined;
  #keys: readonly string[] = [];
  readonly #listeners = new Map<string, (current: boolean) => void>();
  /** The row with the focus. If the row is removed, the focus moves to a neighbour instead of the page. */
  #focused: { row: HTMLElement; index: number } | undefined;
  /** The row that had the focus before it moved to another part of the page. */
  #left: string | undefined;
  /** Whether the current row gets the focus as soon as it is drawn. */
  #focusPending = false;
  #watcher: (() => void) | undefined;

  /** The key of the row that is the tab stop. */
  get current(): string | undefined {
    return this.#current;
  }

  /** The row that has had the focus last, if any has. */
  get lastFocused(): string | undefined {
    return this.#focused?.row.dataset['row'] ?? this.#left;
  }

  /** Sets the function that is called when another row becomes current. */
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

  /** Call before the rows are drawn: makes exactly one of them the tab stop. */
  setKeys(keys: readonly string[]): void {
    const lost = this.#current !== undefined && !keys.includes(this.#current);
    const position = lost ? this.#keys.indexOf(this.#current ?? '') : 0;
    this.#keys = keys;
    if (this.#current === undefined || lost) this.#current = keys[Math.min(Math.max(position, 0), keys.length - 1)];
  }

  /** Call after the rows are drawn: updates rows that were kept, and restores a focus that was removed with its row. */
  restoreFocus(list: HTMLElement): void {
    for (const [key, listener] of this.#listeners) listener(key === this.#current);
    if (this.#focusPending) this.#focusRow(list, this.#current ?? '');
    if (this.#focused === undefined || this.#focused.row.isConnected) return;
    const { row, index } = this.#focused;
    this.#focused = undefined;
    // otherwise the panel would take the focus from another field or from the editor
    if (document.activeElement !== document.body || !document.hasFocus()) return;
    const key = row.dataset['row'] ?? '';
    this.#focusRow(list, this.#keys.includes(key) ? key : (this.#keys[Math.min(index, this.#keys.length - 1)] ?? ''));
  }

  /** Moves the focus to the row of that key, or to the first row if there is none. */
  focus(list: HTMLElement, key: string): void {
    this.#focusRow(list, this.#keys.includes(key) ? key : (this.#keys[0] ?? ''));
  }

  /** Call when the focus enters a row, by key, pointer or script. */
  focusEntered(row: HTMLElement): void {
    const key = row.dataset['row'] ?? '';
    this.#focused = { row, index: this.#keys.indexOf(key) };
    this.#setCurrent(key);
  }

  /** Call when the focus moves to another part of the page, but not when its row is removed. */
  focusLeft(): void {
    this.#left = this.#focused?.row.dataset['row'] ?? this.#left;
    this.#focused = undefined;
  }

  /** Handles a key pressed anywhere in the list. */
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

/** The actions that letters run, by the names of their buttons: the first that the row has. */
const LETTERS: Record<string, string[]> = {
  a: ['allow', 'startPlan'],
  d: ['deny', 'deny-call', 'refusePlan', 'dismiss'],
  r: ['let-run', 'release'],
  w: ['let-run-and-say', 'deny-and-say'],
  t: ['focus-terminal'],
  m: ['reply', 'message'],
  p: ['pin', 'pause', 'resume'],
};

/**
 * Enter runs the row's first action, a letter the action that it stands for, Space shows or hides a closer look. Delete
 * shows the question of the row's abort button and focuses it.
 */
function handleKey(key: string, row: HTMLElement): boolean {
  if (key === 'Enter') {
    const first = row.querySelector<HTMLElement>('button[data-action]');
    first?.click();
    if (first?.dataset['asking'] !== undefined || row.querySelector('[data-asking]')) focusQuestion(row);
    return first !== null;
  }
  if (key === ' ') {
    const peek = row.querySelector<HTMLElement>('button[data-action="peek"]');
    peek?.click();
    return peek !== null;
  }
  for (const action of LETTERS[key.toLowerCase()] ?? []) {
    const button = row.querySelector<HTMLElement>(`button[data-action="${action}"]`);
    if (button === null) continue;
    button.click();
    return true;
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

/** The left and right arrow keys move between the row and its buttons. */
function moveWithin(key: string, row: HTMLElement): boolean {
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return false;
  const stops = [row, ...row.querySelectorAll<HTMLElement>('button')];
  const index = stops.indexOf(document.activeElement as HTMLElement);
  const next = stops[index + (key === 'ArrowRight' ? 1 : -1)];
  next?.focus();
  return next !== undefined;
}
