import { createContext } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { asRecord, type Host } from './host.ts';

interface Saved {
  filter: string;
  expanded: Record<string, boolean>;
}

/** What the person has opened and filtered. The host keeps it, since VS Code discards the page whenever it is hidden. */
export class UiState {
  readonly #host: Pick<Host, 'savedState' | 'saveState'>;
  readonly #saved: Saved;

  constructor(host: Pick<Host, 'savedState' | 'saveState'>) {
    this.#host = host;
    this.#saved = readSaved(host.savedState());
  }

  get filter(): string {
    return this.#saved.filter;
  }

  set filter(filter: string) {
    this.#saved.filter = filter;
    this.#host.saveState(this.#saved);
  }

  isExpanded(name: string, fallback: boolean): boolean {
    return this.#saved.expanded[name] ?? fallback;
  }

  setExpanded(name: string, expanded: boolean): void {
    this.#saved.expanded[name] = expanded;
    this.#host.saveState(this.#saved);
  }
}

/** Hands the state to all components below the panel. */
export const UiStateContext = createContext<UiState | undefined>(undefined);

/** Whether the part of that name is open; kept when the page is discarded. */
export function useExpanded(name: string, fallback: boolean): [boolean, (expanded: boolean) => void] {
  const ui = useContext(UiStateContext);
  const [expanded, setExpanded] = useState(ui?.isExpanded(name, fallback) ?? fallback);
  return [
    expanded,
    (next) => {
      setExpanded(next);
      ui?.setExpanded(name, next);
    },
  ];
}

function readSaved({ filter, expanded }: Record<string, unknown>): Saved {
  const entries = Object.entries(asRecord(expanded));
  return {
    filter: typeof filter === 'string' ? filter : '',
    expanded: Object.fromEntries(entries.filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean')),
  };
}
