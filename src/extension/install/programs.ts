import { join } from 'node:path';
import { l10n } from 'vscode';
import { findNode, type NodeRuntime } from '#core/install/executables.ts';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { HumanError } from '#extension/base/humanError.ts';
import type { InstallContext } from './installContext.ts';

type Programs = Pick<InstallContext, 'home' | 'extensionPath' | 'version' | 'settings'>;

/** The Node that runs hooks and workers. Throws where the setting names one that cannot. */
export async function nodeToRecord({ settings }: Pick<Programs, 'settings'>): Promise<NodeRuntime> {
  const node = await findNode(settings().nodePath, process.env);
  if (node.note !== undefined) throw new HumanError(l10n.t('{0}. Correct the setting or leave it empty.', node.note));
  return node;
}

/** Puts the programs that outlive this version of the extension into the Fermata home. */
export function installPrograms({ home, extensionPath, version }: Programs, { path, electron }: NodeRuntime): void {
  const distDir = join(extensionPath, 'dist');
  const outcome = installRuntime({ home, distDir, nodePath: path, electron, version });
  if (!outcome.ok) throw new HumanError(outcome.message);
}
