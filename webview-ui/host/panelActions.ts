import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Intent, OlderActivity } from '#protocol/messages.ts';

/** Asks for what happened before a position of a session's log. */
export type FetchOlder = (session: string, before: number, answer: (page: OlderActivity) => void) => void;

/** What the panel may ask of the extension right now. */
export interface PanelActions {
  run: (intent: Intent) => void;
  older: FetchOlder;
  /** The session that is drawn; intents name it, since another may be selected by the time they arrive. */
  session: string;
  /** False in Restricted Mode and in the past: everything is shown, nothing is done. */
  mayAct: boolean;
  /** What is drawn is a moment of the past. */
  past: boolean;
  /** False where hooks do not reach the session: then nobody would hear what is said to it. */
  hooked: boolean;
}

/** Spares every component between the panel and its buttons from passing these on. */
export const PanelActionsContext = createContext<PanelActions>({
  run: () => undefined,
  older: () => undefined,
  session: '',
  mayAct: false,
  past: false,
  hooked: false,
});

/** The way from any button to the extension. */
export function usePanelActions(): PanelActions {
  return useContext(PanelActionsContext);
}
