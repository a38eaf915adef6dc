import * as vscode from 'vscode';
import { hookEnvironment, type InstallContext } from './installContext.ts';

/** "Diagnose": looks at the installation, tries every hook, and shows what was found. In Restricted Mode nothing is tried. */
export async function showDiagnosis({ home, version, settings, previews }: InstallContext): Promise<void> {
  const report = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Fermata: looking at the installation…') },
    async () => {
      const { diagnosis } = await import('./diagnosis.ts');
      return diagnosis({
        ...hookEnvironment(home),
        env: process.env,
        version,
        vscode: vscode.version,
        claudePath: settings().claudePath,
        now: Date.now,
        runEntries: vscode.workspace.isTrusted,
      });
    },
  );
  await previews.showText('Fermata Diagnose.md', report);
}
