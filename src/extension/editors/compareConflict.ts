import { isAbsolute, join, relative } from 'node:path';
import * as vscode from 'vscode';
import { statOf } from '#core/base/files/facts.ts';
import { sideName } from '#core/projection/merges.ts';
import type { MergeSide } from '#protocol/parts.ts';
import type { SessionState } from '#protocol/state.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { inertLabel } from '#extension/base/inertText.ts';

/** Shows a file that two branches have in conflict as it is in the checkouts of both; where one has none, that of the other. */
export async function compareConflict(
  { merges }: SessionState,
  { pos, index = 0 }: { pos?: number; index?: number },
): Promise<void> {
  const pair = [...merges.values()].find((each) => each.pos === pos);
  const file = pair?.files?.[index];
  if (pair === undefined || file === undefined)
    throw new HumanError(vscode.l10n.t('These branches were looked at again meanwhile: see the section Merges.'));
  const uris = [pair.a, pair.b].flatMap((side) => uriIn(side, file) ?? []);
  const [first, second] = uris;
  if (first === undefined)
    throw new HumanError(vscode.l10n.t('{0} is in neither checkout any more.', inertLabel(file)));
  if (second === undefined) return void (await vscode.commands.executeCommand('vscode.open', first));
  const title = inertLabel(`${file} (${sideName(pair.a)} ↔ ${sideName(pair.b)})`);
  await vscode.commands.executeCommand('vscode.diff', first, second, title, { preview: false });
}

/** The file in the checkout of a side; undefined where it is not there, or not below it. */
function uriIn({ root, ref }: MergeSide, file: string): vscode.Uri | undefined {
  const path = join(root, file);
  const way = relative(root, path);
  const isInside = isAbsolute(root) && way !== '' && !isAbsolute(way) && way.split(/[\\/]/)[0] !== '..';
  return ref === undefined && isInside && statOf(path)?.isFile() === true ? vscode.Uri.file(path) : undefined;
}
