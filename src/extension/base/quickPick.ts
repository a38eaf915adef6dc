import * as vscode from 'vscode';
import { inertLabel } from './inertText.ts';

export interface Choice<T> extends vscode.QuickPickItem {
  value: T;
}

/** The texts of a choice, in which words of others are nothing but text. */
function inertItem({ label, description, detail }: vscode.QuickPickItem): Partial<vscode.QuickPickItem> {
  return {
    label: inertLabel(label),
    ...(description === undefined ? {} : { description: inertLabel(description) }),
    ...(detail === undefined ? {} : { detail: inertLabel(detail) }),
  };
}

/** Lets the person pick one of several choices. Undefined when the person cancels. */
export async function pickOne<T>(choices: Choice<T>[], title: string, placeHolder: string): Promise<T | undefined> {
  const shown = choices.map((choice) => ({ ...choice, ...inertItem(choice) }));
  const picked = await vscode.window.showQuickPick(shown, {
    title,
    placeHolder,
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.value;
}
