import { join } from 'node:path';
import { findNode } from '#core/install/executables.ts';
import { repairInstallation, type Repair } from '#core/install/repair.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';

/** Brings programs and entries up to date with this version of the extension. */
export function repairHooks({ home, version, extensionPath, settings }: InstallContext): Promise<Repair> {
  const { nodePath } = settings();
  return repairInstallation({
    ...hookEnvironment(home),
    distDir: join(extensionPath, 'dist'),
    version,
    nodePath,
    findNode: () => findNode(nodePath, process.env),
  });
}
