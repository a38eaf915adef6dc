import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import * as vscode from 'vscode';
import { homePaths } from '../../core/paths.ts';

type Collection = Pick<vscode.EnvironmentVariableCollection, 'get' | 'append' | 'delete' | 'description'>;

/** Lets new terminals of this window find `fermata`, once its programs are installed, and no longer. */
export function offerCommand(collection: Collection, home: string): void {
  const { bin, cli } = homePaths(home);
  const added = `${delimiter}${bin}`;
  const there = collection.get('PATH')?.value === added;
  if (existsSync(cli) === there) return;
  if (there) collection.delete('PATH');
  else {
    collection.append('PATH', added);
    collection.description = vscode.l10n.t('Adds the command fermata, with which workers and you speak to a session.');
  }
}
