import { spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';
import { startVSCode, workbenchUrl } from '#test/lib/vscodeServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { packagedExtension } from '#test/lib/vsix.ts';

/** The demo begins when the page is opened, or after this time. */
const VIEWER_TIMEOUT_MS = Number(process.env['FERMATA_DEMO_PATIENCE_MS'] ?? 30_000);

export interface DemoEditor {
  /** The place of the editor, for the person. */
  location: string;
  /** Resolves once the person has opened it, or after a timeout. */
  opened(): Promise<void>;
  stop(): Promise<void>;
}

/** The person's own `code`, if it is on PATH and there is a display to show it on. */
function ownCode(): string | undefined {
  const display =
    process.platform !== 'linux' ||
    process.env['DISPLAY'] !== undefined ||
    process.env['WAYLAND_DISPLAY'] !== undefined;
  if (!display) return undefined;
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    const file = join(dir, process.platform === 'win32' ? 'code.cmd' : 'code');
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // no such program
    }
  }
  return undefined;
}

/**
 * Opens the project in a real VS Code with the extension: the person's own where there is a display, with a separate
 * profile so that theirs stays unchanged; otherwise the server build, for a browser.
 */
export async function openEditor(
  project: string,
  home: string,
  env: Record<string, string>,
  profile: string,
): Promise<DemoEditor> {
  const code = ownCode();
  if (code !== undefined) {
    const args = [
      '--user-data-dir',
      profile,
      '--extensionDevelopmentPath',
      repoRoot,
      '--disable-workspace-trust',
      '--new-window',
      '--wait',
      project,
    ];
    const child = spawn(code, args, { env: { ...process.env, ...env }, stdio: 'ignore', detached: true });
    child.on('error', () => {});
    return {
      opened: async () => {},
      location: 'in the VS Code window that has just opened: the Fermata icon in the activity bar',
      stop: async () => {
        try {
          if (child.pid !== undefined) process.kill(-child.pid);
        } catch {
          // closed by hand
        }
      },
    };
  }
  const server = await startVSCode({ vsix: await packagedExtension(), home, env });
  return {
    location: `${workbenchUrl(server, project)}\n  then click the Fermata icon in the activity bar`,
    opened: () =>
      waitFor(() => readFileSync(server.log, 'utf8').includes('New connection established'), {
        describe: 'the page to be opened',
        timeoutMs: VIEWER_TIMEOUT_MS,
        intervalMs: 200,
      }).then(
        () => {},
        () => {},
      ),
    stop: () => server.stop(),
  };
}
