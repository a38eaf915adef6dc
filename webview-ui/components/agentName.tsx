import type { JSX } from 'preact';
import { createContext } from 'preact';
import { useContext, useRef } from 'preact/hooks';
import type { WorkerView } from '#protocol/viewModel.ts';
import { strings } from '#webview/host/strings.ts';
import { shortText } from './plainText.ts';

type Names = ReadonlyMap<string, string>;

/** The names of the session's workers by their ids. */
export const NamesContext = createContext<Names>(new Map());

/** The same map for as long as no worker and no name changes: a new one draws every row with a name again. */
export function useNames(workers: readonly WorkerView[] = []): Names {
  const known = useRef<Names>(new Map());
  const { current } = known;
  if (current.size !== workers.length || workers.some(({ id, name }) => current.get(id) !== name))
    known.current = new Map(workers.map(({ id, name }) => [id, name]));
  return known.current;
}

/** Returns the function that names an agent as a person does: a worker by its task. */
export function useNameOf(): (id: string) => string {
  const names = useContext(NamesContext);
  return (id) => names.get(id) ?? (id === 'conductor' ? strings.conductor : id === 'user' ? strings.you : id);
}

/** An agent by its name, with its id as the tooltip. */
export function AgentName({ id, class: classes = 'chip' }: { id: string; class?: string }): JSX.Element {
  return (
    <bdi class={classes} title={shortText(id, 80)}>
      {shortText(useNameOf()(id), 80)}
    </bdi>
  );
}
