import type { TrackedTranscript } from './session.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { ChangeCounter, ChangeCounterOptions } from './changeCounter.ts';

/** What agents have changed, by the edits in their transcripts. The code that counts is loaded with the first edit. */
export class Changes {
  readonly #options: ChangeCounterOptions;
  #loading: Promise<ChangeCounter> | undefined;
  #counter: ChangeCounter | undefined;
  #disposed = false;

  constructor(options: ChangeCounterOptions) {
    this.#options = options;
  }

  load(): Promise<ChangeCounter> {
    return (this.#loading ??= import('./changeCounter.ts').then(({ ChangeCounter }) => {
      this.#counter = new ChangeCounter(this.#options);
      if (this.#disposed) this.#counter.dispose();
      else this.#options.onChange();
      return this.#counter;
    }));
  }

  /** A view with the changes of its session and of each of its workers. */
  addTo(view: ViewModel, transcript: TrackedTranscript | undefined): ViewModel {
    if (transcript === undefined) return view;
    const edited = editedFiles(transcript);
    if (edited.size === 0) return view;
    if (this.#counter === undefined) {
      void this.load();
      return view;
    }
    const counter = this.#counter;
    return {
      ...view,
      session: { ...view.session, changes: counter.sum(edited) },
      workers: view.workers.map((worker) => {
        const edits = transcript.agents.get(worker.id)?.state.edits;
        return edits === undefined || edits.size === 0 ? worker : { ...worker, changes: counter.sum(edits.keys()) };
      }),
    };
  }

  dispose(): void {
    this.#disposed = true;
    this.#counter?.dispose();
  }
}

/** The files that a worker has edited, else all agents of the session. */
export function editedFiles({ main, agents }: TrackedTranscript, worker?: string): Set<string> {
  const states =
    worker === undefined ? [main, ...[...agents.values()].map(({ state }) => state)] : [agents.get(worker)?.state];
  return new Set(states.flatMap((state) => [...(state?.edits.keys() ?? [])]));
}
