import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as vscode from 'vscode';
import { homePaths } from '#core/base/paths.ts';
import { PROGRAMS } from '#core/install/runtimeFiles.ts';
import { guardGit } from '#extension/install/guardGit.ts';
import type { InstallContext } from '#extension/install/installContext.ts';
import { createFile } from '#core/base/files/createFile.ts';
import { parseSettings } from '#protocol/parseSettings.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let root: string;
let context: InstallContext;
beforeEach(() => {
  root = realpathSync(tempDir());
  for (const { built } of PROGRAMS) {
    mkdirSync(join(root, 'dist', built, '..'), { recursive: true });
    createFile(join(root, 'dist', built), '');
  }
  execFileSync('git', ['init', '-q', join(root, 'shop')]);
  const settings = { ...parseSettings({}).settings, nodePath: process.execPath };
  const given = { home: join(root, '.fermata'), extensionPath: root, extensionId: 'x', version: '1.0.0' };
  context = { ...given, settings: () => settings } as unknown as InstallContext;
});
afterEach(() => vi.restoreAllMocks());

/** Opens folders; the person presses the button of each dialog whose name is given, and closes others. */
function opened(folders: string[], pressed: string[]) {
  const workspaceFolders = folders.map((folder) => ({ uri: { scheme: 'file', fsPath: folder } }));
  Object.assign(vscode.workspace, { workspaceFolders });
  const warn = vi.spyOn(vscode.window, 'showWarningMessage');
  warn.mockImplementation(((...args: unknown[]) =>
    Promise.resolve(args.find((each) => pressed.includes(String(each))))) as never);
  const told = vi.spyOn(vscode.window, 'showInformationMessage').mockImplementation((() => Promise.resolve()) as never);
  return { warn, told };
}
afterEach(() => Object.assign(vscode.workspace, { workspaceFolders: undefined }));

const hook = (): string => join(root, 'shop', '.git', 'hooks', 'pre-commit');

test('the hooks are put into the repository of the folder when the person agrees, and taken out again', async () => {
  const closed = opened([join(root, 'shop')], []);
  await guardGit(context);
  expect(closed.warn.mock.calls[0]?.[0]).toBe(`Guard ${join(root, 'shop')} for scripts and people, too?`);
  expect(existsSync(hook())).toBe(false);
  const { told } = opened([join(root, 'shop')], ['Guard']);
  await guardGit(context);
  expect(told).toHaveBeenCalledWith(`Hooks of git guard ${join(root, 'shop')} now.`);
  expect(readFileSync(hook(), 'utf8')).toContain(context.home);
  expect(existsSync(homePaths(context.home).cli)).toBe(true);
  opened([join(root, 'shop')], []);
  await guardGit(context);
  expect(existsSync(hook())).toBe(true);
  opened([join(root, 'shop')], ['Take Out']);
  await guardGit(context);
  expect(existsSync(hook())).toBe(false);
});

test('without a folder, and in one of no repository, a sentence says what is missing', async () => {
  opened([], []);
  await expect(guardGit(context)).rejects.toThrow('Open the folder of a repository first.');
  opened([root], []);
  await expect(guardGit(context)).rejects.toThrow('is in no repository that git can use');
});
