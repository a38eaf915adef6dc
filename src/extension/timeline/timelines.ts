import * as vscode from 'vscode';
import { TABS } from '#extension/base/ids.ts';
import type { TimelineTabs, TimelinesOptions } from './timelineTabs.ts';

/** The timelines of a window, at most one per session. Their code is loaded with the first of them. */
export class Timelines implements vscode.WebviewPanelSerializer {
  readonly #options: TimelinesOptions;
  #tabs: TimelineTabs | undefined;

  constructor(options: TimelinesOptions) {
    this.#options = options;
  }

  /** Shows a session's timeline in an editor tab. `folder` is the name of the session's folder in the Fermata home. */
  async open(folder: string): Promise<void> {
    (await this.#load()).open(folder);
  }

  /** Restores a tab after a reload of the window. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    (await this.#load()).restore(panel, state);
  }

  register(): vscode.Disposable {
    return vscode.window.registerWebviewPanelSerializer(TABS.timeline, this);
  }

  dispose(): void {
    this.#tabs?.dispose();
  }

  async #load(): Promise<TimelineTabs> {
    const { TimelineTabs } = await import('./timelineTabs.ts');
    return (this.#tabs ??= new TimelineTabs(this.#options));
  }
}
