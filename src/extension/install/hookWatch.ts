import { join } from 'node:path';
import * as vscode from 'vscode';
import type { PanelState } from '#protocol/messages.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';

/** Whether Claude Code asks Fermata, looked at when it may have changed. */
export class HookWatch {
  readonly #context: InstallContext;
  #module: typeof import('./hookState.ts') | undefined;
  #state: PanelState['hooks'] | undefined;

  constructor(context: InstallContext) {
    this.#context = context;
  }

  /** Loads what reads Claude Code's settings files. Before, hooks count as installed: nobody is told what nobody knows. */
  async start(): Promise<void> {
    this.#module = await import('./hookState.ts');
  }

  readonly state = (): PanelState['hooks'] => {
    if (this.#module === undefined) return { state: 'installed' };
    return (this.#state ??= this.#module.hookState(hookEnvironment(this.#context.home)));
  };

  /** Whether it is known that they are installed and run. */
  readonly installed = (): boolean => this.#module !== undefined && this.state().state === 'installed';

  /** Why nothing is heard of the hooks of a session that began then in this folder. */
  readonly describeHookProblem = (project: string, startedMs: number, version: string | undefined): string =>
    this.#module?.hookProblemOf(hookEnvironment(this.#context.home), project, startedMs, version) ?? '';

  /** Looks again the next time that somebody asks. */
  readonly invalidate = (): void => {
    this.#state = undefined;
  };

  /** Mends what an update, a removed Node or a moved home has left behind, where hooks are installed; never in Restricted Mode. */
  async repair(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const { repairHooks } = await import('./repairHooks.ts');
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
