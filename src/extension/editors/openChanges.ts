import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { realPath } from '#core/base/files/facts.ts';
import { checkoutOf } from '#core/base/gitWorktrees.ts';
import { HumanError } from '#extension/base/humanError.ts';
import { committedUri } from './committedFiles.ts';
import { inertLabel, inertMessage } from '#extension/base/inertText.ts';
import type { ChangeCounter, Counted } from '#extension/sessions/changeCounter.ts';

/** Files beyond these are named by their number. */
const MAX_NAMED = 5;

/** Shows what files differ from the latest commit by, in the editor's view of several files, and for the others the person reads why not. */
export async function openChanges(counter: ChangeCounter, paths: readonly string[], name: string): Promise<void> {
  if (paths.length === 0) throw new HumanError(vscode.l10n.t('{0} has edited no file.', name));
  if (!vscode.workspace.isTrusted)
    throw new HumanError(vscode.l10n.t('In Restricted Mode Fermata does not run git. Trust the folder first.'));
  const counted = await counter.count(paths);
  const shown = paths.filter((path) => hasLines(counted.get(path)));
  const rest = describeRest(counted);
  if (shown.length === 0) {
    if (rest.length > 0) throw new HumanError(rest.join(' '));
    throw new HumanError(vscode.l10n.t('Every file that {0} has edited is as in the latest commit.', name));
  }
  const title = vscode.l10n.t('Changes: {0}', inertLabel(name));
  await vscode.commands.executeCommand(
    'vscode.changes',
    title,
    shown.map((path) => sides(counter, path, counted.get(path))),
  );
  // not awaited: a notification that is left open must not hold the command
  if (rest.length > 0) void vscode.window.showInformationMessage(rest.join(' '));
}

/** Shows one file against the latest commit; without a commit of it the file alone, and the person reads why. */
export async function openChange(counter: ChangeCounter, path: string, title: string): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(vscode.l10n.t('In Restricted Mode Fermata does not run git. Trust the folder first.'));
  const counted = (await counter.count([path])).get(path);
  const [file, before, after] = sides(counter, path, counted);
  if (hasLines(counted) && before !== undefined && after !== undefined) {
    await vscode.commands.executeCommand('vscode.diff', before, after, inertLabel(title), { preview: false });
    return;
  }
  const rest = describeRest(new Map([[path, counted ?? 'failed']]));
  if (typeof counted === 'object' && counted.presence === 'deleted') throw new HumanError(rest.join(' '));
  await vscode.commands.executeCommand('vscode.open', file);
  const why = rest.length > 0 ? rest.join(' ') : vscode.l10n.t('{0} is new since the latest commit.', basename(path));
  void vscode.window.showInformationMessage(inertMessage(`${title}. ${why}`));
}

const hasLines = (counted: Counted | undefined): boolean => typeof counted === 'object' && counted.binary !== true;

/** The file, and it before and after; a side that does not exist is undefined. */
function sides(
  counter: ChangeCounter,
  path: string,
  counted: Counted | undefined,
): [vscode.Uri, vscode.Uri | undefined, vscode.Uri | undefined] {
  const file = vscode.Uri.file(path);
  const real = join(realPath(dirname(path)), basename(path));
  const root = checkoutOf(dirname(real))?.root;
  const presence = typeof counted === 'object' ? counted.presence : undefined;
  const before =
    root === undefined || presence === 'new' ? undefined : committedUri(() => counter.gitProgram(), root, real);
  return [file, before, presence === 'deleted' ? undefined : file];
}

/** Why files have no lines to show, a sentence for each reason. */
function describeRest(counted: ReadonlyMap<string, Counted>): string[] {
  const named = (fits: (each: Counted) => boolean): string | undefined => {
    const names = [...counted].filter(([, each]) => fits(each)).map(([path]) => basename(path));
    if (names.length === 0) return undefined;
    const list = names.slice(0, MAX_NAMED).join(', ');
    return inertMessage(
      names.length > MAX_NAMED ? vscode.l10n.t('{0} and {1} more', list, names.length - MAX_NAMED) : list,
    );
  };
  const sentences: [string | undefined, (names: string) => string][] = [
    [
      named((each) => typeof each === 'object' && each.binary === true),
      (names) => vscode.l10n.t('Without lines to show, as they are no text or too large: {0}.', names),
    ],
    [
      named((each) => each === 'noGit'),
      (names) => vscode.l10n.t('In no git repository, so that there is nothing to compare with: {0}.', names),
    ],
    [
      named((each) => each === 'failed'),
      (names) => vscode.l10n.t('Git could not compare these; the log of Fermata says why: {0}.', names),
    ],
  ];
  return sentences.flatMap(([names, sentence]) => (names === undefined ? [] : [sentence(names)]));
}
