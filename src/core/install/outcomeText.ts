/** What is done to a settings file; `statusLine` takes Fermata out of the status line alone. */
export type InstallAction = 'install' | 'uninstall' | 'statusLine';

interface EditedFile {
  action: InstallAction;
  file: { path: string };
  after: string | null;
  changed: boolean;
  /** How many events then have a hook. */
  events: number;
}

/** A sentence about it, for a person. */
export function outcomeText({ action, file: { path }, after, changed, events }: EditedFile, backup?: string): string {
  if (!changed) return `${UNCHANGED[action](path)}; nothing was changed.`;
  const backupNote = backup === undefined ? '' : ` The text before is kept in ${backup}.`;
  if (action === 'statusLine') return `The status line in ${path} is as it was before Fermata.${backupNote}`;
  if (action === 'install') return `Hooks for ${events} events are now in ${path}.${backupNote}`;
  return after === null
    ? `The hooks were removed, and ${path} with them: it held nothing else.`
    : `The hooks were removed from ${path}.${backupNote}`;
}

const UNCHANGED: Record<InstallAction, (path: string) => string> = {
  install: (path) => `The hooks are already in ${path}`,
  uninstall: (path) => `There are no hooks of Fermata in ${path}`,
  statusLine: (path) => `The status line in ${path} does not go through Fermata`,
};
