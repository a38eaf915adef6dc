import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '#extension/base/ids.ts';

const setContext = (key: string, value: boolean): void => void vscode.commands.executeCommand('setContext', key, value);

/** The steps that are done once and for all, by the keys that the walkthrough refers to. */
const ONCE = [CONTEXT_KEYS.hasPlayed, CONTEXT_KEYS.hasReleased, CONTEXT_KEYS.hasReadTimeline];

/** When a walkthrough that was just opened has registered its steps, ms. */
const REGISTERED_MS = 2000;

/** Marks a step as done, also for the windows to come. */
export function completeStep(memory: vscode.Memento, key: string): void {
  setContext(key, true);
  void memory.update(key, true);
}

/**
 * Shows the steps that were done before as done. The editor completes a step only when its condition comes true after the
 * walkthrough was first opened; one that was true before never counts. So each step has a second condition, which comes
 * true a moment after a tab of the editor's own, such as the walkthrough, was opened.
 */
export function showCompletedSteps(memory: vscode.Memento): vscode.Disposable {
  for (const key of ONCE) if (memory.get(key) === true) setContext(key, true);
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    clearTimeout(timer);
    setContext(CONTEXT_KEYS.mayShowSteps, false);
    const tab = vscode.window.tabGroups.activeTabGroup.activeTab;
    if (tab === undefined || tab.input !== undefined) return;
    timer = setTimeout(() => setContext(CONTEXT_KEYS.mayShowSteps, true), REGISTERED_MS);
  };
  const listener = vscode.window.tabGroups.onDidChangeTabs(look);
  look();
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    listener.dispose();
  });
}
