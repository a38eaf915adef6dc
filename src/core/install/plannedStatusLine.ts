/** Whether an installation puts Fermata before the command of Claude Code's status line. */
import { isFermataEntry } from './entries.ts';
import type { InstallScope } from '#core/install/settings/claudeSettingsFile.ts';
import { keepsStatusLine } from '#core/install/settings/statusLineEdit.ts';

export interface StatusLineOptions {
  home: string;
  scope: InstallScope;
  /** By default as an earlier installation did. */
  statusLine?: boolean;
  windowsNode?: string | undefined;
}

/** The home that is to keep what the status line is handed, as `addHooks` takes it. */
export function plannedStatusLine(
  { home, scope, statusLine, windowsNode }: StatusLineOptions,
  text: string,
): { ok: true; home: string | null | undefined } | { ok: false; message: string } {
  if (statusLine === undefined)
    return { ok: true, home: keepsStatusLine(text, isFermataEntry(home)) ? home : undefined };
  if (!statusLine) return { ok: true, home: null };
  if (scope !== 'user')
    return { ok: false, message: 'The status line is that of your own settings: leave out --scope' };
  // its command would have to run in whatever shell Claude Code finds there
  if (windowsNode !== undefined || process.platform === 'win32')
    return { ok: false, message: 'On Windows Fermata does not read the status line' };
  return { ok: true, home };
}
