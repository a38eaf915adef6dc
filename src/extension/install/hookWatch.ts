import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PanelState } from '#protocol/messages.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';

/** Whether Claude Code runs Fermata's hooks in this window's folders. Read from disk when it may have changed, else cached. */
export class HookWatch {
  readonly #context: InstallContext;
  #module: typeof import('./hookState.ts') | undefined;
  #state: PanelState['hooks'] | undefined;

  constructor(context: InstallContext) {
    this.#context = context;
  }

  /** Loads the code that reads Claude Code's settings files. Until then hooks count as installed, so no warning is shown. */
  async start(): Promise<void> {
    this.#module = await import('./hookState.ts');
  }

  readonly state = (): PanelState['hooks'] => {
    if (this.#module === undefined) return { state: 'installed' };
    return (this.#state ??= this.#module.hookState(hookEnvironment(this.#context.home)));
  };

  /** Whether hooks are known to be installed and to run. */
  readonly installed = (): boolean => this.#module !== undefined && this.state().state === 'installed';

  /** Why no hook of a session has reached Fermata; `startedMs` is epoch ms. Empty before `start`. */
  readonly describeHookProblem = (project: string, startedMs: number, version: string | undefined): string =>
    this.#module?.hookProblemOf(hookEnvironment(this.#context.home), project, startedMs, version) ?? '';

  /** Makes the next `state` read the disk again. */
  readonly invalidate = (): void => {
    this.#state = undefined;
  };

  /**
   * Repairs installed hooks after an update of the extension, the removal of Node or a move of the home; never in Restricted
   * Mode. Throws what could not be repaired.
   */
  async repair(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const { repairHooks } = await import('./hookState.ts');
    const { settings: edited, problems } = await repairHooks(this.#context);
    this.invalidate();
    if (edited.length > 0)
      void vscode.window.showInformationMessage(
        vscode.l10n.t(
          'Fermata has brought its hooks up to date: {0}. The text before is kept in {1}.',
          edited.join(', '),
          join(this.#context.home, 'backups'),
        ),
      );
    if (problems.length > 0) throw new Error(problems.join(' '));
  }
}
