/** Where a window keeps a few values for the next time that it opens; the editor's `Memento` is one. */
export interface WindowMemory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

export type Scope = 'window' | 'everywhere';

const KEYS = { scope: 'board.scope', pinned: 'board.pinned', seen: 'board.seen' } as const;

/** How many sessions are remembered as pinned or seen: the latest. */
const MAX_REMEMBERED = 200;

/**
 * What the person has chosen on the Board, and until when they have seen each session. The window remembers it. Its
 * files may be those of another version, so everything that is read is checked.
 */
export class BoardChoices {
  readonly #memory: WindowMemory;
  #scope: Scope;
  #pinned: ReadonlySet<string>;
  readonly #seen: Map<string, number>;
  #focus: { row: string; count: number } | undefined;

  constructor(memory: WindowMemory) {
    this.#memory = memory;
    this.#scope = memory.get(KEYS.scope) === 'everywhere' ? 'everywhere' : 'window';
    this.#pinned = new Set(listIn(memory.get(KEYS.pinned)).filter((id) => typeof id === 'string'));
    this.#seen = new Map(listIn(memory.get(KEYS.seen)).filter(isSeen));
  }

  get scope(): Scope {
    return this.#scope;
  }

  setScope(scope: Scope): void {
    this.#scope = scope;
    this.#keep(KEYS.scope, scope);
  }

  get pinned(): ReadonlySet<string> {
    return this.#pinned;
  }

  pin(session: string, pinned: boolean): void {
    const others = [...this.#pinned].filter((id) => id !== session);
    this.#pinned = new Set(pinned ? [...others, session].slice(-MAX_REMEMBERED) : others);
    this.#keep(KEYS.pinned, [...this.#pinned]);
  }

  /** Until when the person has seen what a session did, epoch ms. */
  readonly seenTs = (session: string): number | undefined => this.#seen.get(session);

  /** The person has seen a session up to that time. Returns whether that is new. */
  markSeen(session: string, ts: number): boolean {
    if (ts <= (this.#seen.get(session) ?? -Infinity)) return false;
    this.#seen.delete(session);
    this.#seen.set(session, ts);
    const [oldest] = this.#seen.keys();
    if (this.#seen.size > MAX_REMEMBERED && oldest !== undefined) this.#seen.delete(oldest);
    this.#keep(KEYS.seen, [...this.#seen]);
    return true;
  }

  /** The row that was last given the keyboard focus, and how many times one was. */
  get focus(): { row: string; count: number } | undefined {
    return this.#focus;
  }

  focusRow(row: string): void {
    this.#focus = { row, count: (this.#focus?.count ?? 0) + 1 };
  }

  #keep(key: string, value: unknown): void {
    // what is not remembered is chosen again
    this.#memory.update(key, value).then(undefined, () => {});
  }
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

const isSeen = (entry: unknown): entry is [string, number] =>
  Array.isArray(entry) && entry.length === 2 && typeof entry[0] === 'string' && Number.isFinite(entry[1]);
