import { createContext } from 'preact';
import type { WorkerView } from '#protocol/viewModel.ts';
import { useNameOf } from '#webview/components/agentName.tsx';
import { shortText } from '#webview/components/plainText.ts';
import { strings } from '#webview/host/strings.ts';

/** An id that a machine has made, which no person reads. */
const MADE_ID = /[0-9a-f]{8,}/i;

/** The workers of the session shown, by their ids; on the Board there are none. */
export const AgentsContext = createContext<ReadonlyMap<string, WorkerView>>(new Map());

/** Returns a function that gives the name of a worker; without one, of Claude. Where no name is known, none is made up. */
export function useAgentName(): (id?: string) => string {
  const nameOf = useNameOf();
  return (id = 'conductor') => {
    const name = nameOf(id);
    return name === id && MADE_ID.test(id) ? strings.decision.anAgent : shortText(name, 60);
  };
}
