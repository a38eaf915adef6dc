import { join } from 'node:path';
import { findNode } from '../../core/install/findNode.ts';
import { repairInstallation, type Repair } from '../../core/install/repair.ts';
import { hookSurroundings, type InstallContext } from './surroundings.ts';

/** Brings programs and entries up to date with this version of the extension. */
export function mendHooks({ home, version, extensionPath, settings }: InstallContext): Promise<Repair> {
  const { nodePath } = settings();
  return repairInstallation({
    ...hookSurroundings(home),
    distDir: join(extensionPath, 'dist'),
    version,
    nodePath,
    findNode: () => findNode(nodePath, process.env),
  });
}
