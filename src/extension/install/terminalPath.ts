import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import { homePaths } from '#core/base/paths.ts';

type Collection = Pick<vscode.EnvironmentVariableCollection, 'get' | 'append' | 'delete' | 'description'>;

/** Puts `fermata` on the PATH of this window's new terminals for as long as its programs are installed. */
export function updateTerminalPath(collection: Collection, home: string): void {
  const { bin, cli } = homePaths(home);
  const added = `${delimiter}${bin}`;
  const isAdded = collection.get('PATH')?.value === added;
  if (existsSync(cli) === isAdded) return;
  if (isAdded) collection.delete('PATH');
  else {
    collection.append('PATH', added);
    collection.description = vscode.l10n.t('Adds the command fermata, with which workers and you speak to a session.');
  }
}
