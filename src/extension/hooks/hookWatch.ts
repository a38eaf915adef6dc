import { join } from 'node:path';
import * as vscode from 'vscode';
import { findNode } from '../../core/install/findNode.ts';
import { repairInstallation } from '../../core/install/repair.ts';
import type { PanelState } from '../../protocol/messages.ts';
import { hookState } from './hookPlaces.ts';
import { hookSurroundings, type InstallContext } from './surroundings.ts';

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

  /** Mends what an update, a removed Node or a moved home has left behind, where hooks are installed; never in Restricted Mode. */
  async repair(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const { home, version, extensionPath, settings } = this.#context;
    const { nodePath } = settings();
    const { settings: edited, problems } = await repairInstallation({
      ...hookSurroundings(home),
      distDir: join(extensionPath, 'dist'),
      version,
      nodePath,
      findNode: () => findNode(nodePath, process.env),
    });
    this.forget();
    if (edited.length > 0)
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'Fermata has brought its hooks up to date: {0}. The text before is kept in {1}.',
          edited.join(', '),
          join(home, 'backups'),
        ),
      );
    if (problems.length > 0) throw new Error(problems.join(' '));
  }
}
