import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { findNode } from '../core/install/findNode.ts';
import { installRuntime } from '../core/install/runtimeFiles.ts';
import type { PanelState } from '../protocol/messages.ts';
import { installedPlaces, hookState } from './hookPlaces.ts';
import { hookSurroundings, type InstallContext } from './installHooks.ts';

/** Whether Claude Code asks Fermata, looked at when it may have changed. */
export class HookWatch {
  readonly #context: InstallContext;
  #state: PanelState['hooks'] | undefined;

  constructor(context: InstallContext) {
    this.#context = context;
  }

  readonly state = (): PanelState['hooks'] => (this.#state ??= hookState(hookSurroundings(this.#context.home)));

  /** Looks again the next time that somebody asks. */
  readonly forget = (): void => {
    this.#state = undefined;
  };

  /** Brings the installed programs to this version, where hooks are installed. Their paths stay, so no settings file changes. */
  async repair(): Promise<void> {
    const { home, version, extensionPath, settings } = this.#context;
    if (!vscode.workspace.isTrusted || installedVersion(home) === version) return;
    if (installedPlaces(hookSurroundings(home)).length === 0) return;
    const node = await findNode(settings().nodePath, process.env);
    const distDir = join(extensionPath, 'dist');
    const result = installRuntime({ home, distDir, nodePath: node.path, electron: node.electron, version });
    this.forget();
    if (!result.ok) throw new Error(result.message);
  }
}

function installedVersion(home: string): string | undefined {
  try {
    return readFileSync(join(home, 'version'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
