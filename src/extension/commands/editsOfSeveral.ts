import { basename } from 'node:path';
import { l10n } from 'vscode';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { TrackedTranscript } from '#extension/sessions/session.ts';

/** A file that several agents have edited. */
export interface EditedFile {
  path: string;
  name: string;
  /** The agents, each with the time of its last edit, the earliest first. */
  agents: string;
  /** All of it in a line. */
  label: string;
}

interface SessionEdits {
  view: ViewModel;
  transcript: TrackedTranscript | undefined;
}

/** The files that two or more agents of some sessions have edited, the one that was edited last first. Pure. */
export function editsOfSeveral(sessions: readonly SessionEdits[]): EditedFile[] {
  const files = new Map<string, { agent: string; ts: number }[]>();
  for (const { view, transcript } of sessions) {
    if (transcript === undefined) continue;
    const nameOf = (id: string): string => view.workers.find((worker) => worker.id === id)?.name ?? id;
    const agents = [
      { agent: view.session.name, edits: transcript.main.edits },
      ...[...transcript.agents].map(([id, { state }]) => ({ agent: nameOf(id), edits: state.edits })),
    ];
    for (const { agent, edits } of agents)
      for (const [path, ts] of edits) files.set(path, [...(files.get(path) ?? []), { agent, ts }]);
  }
  return [...files]
    .filter(([, edits]) => edits.length > 1)
    .map(([path, edits]) => ({ path, edits: edits.toSorted((a, b) => a.ts - b.ts) }))
    .toSorted((a, b) => (b.edits.at(-1)?.ts ?? 0) - (a.edits.at(-1)?.ts ?? 0))
    .map(({ path, edits }): EditedFile => {
      const name = basename(path);
      const agents = edits.map(({ agent, ts }) => l10n.t('{0} at {1}', agent, clock(ts))).join(', ');
      return { path, name, agents, label: `${name}: ${agents}` };
    });
}

const clock = (ts: number): string => new Date(ts).toTimeString().slice(0, 5);
