import * as vscode from 'vscode';
import { diagnose } from '#core/install/doctor/doctor.ts';
import { markdownReport } from '#core/install/doctor/finding.ts';
import { hookEnvironment, type InstallContext } from './installContext.ts';

/** "Diagnose": examines the installation, runs every hook once, and shows a report. In Restricted Mode no hook is run. */
export async function showDiagnosis({ home, version, settings, previews }: InstallContext): Promise<void> {
  const now = Date.now;
  const findings = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Fermata: looking at the installation…') },
    () =>
      diagnose({
        ...hookEnvironment(home),
        env: process.env,
        version,
        vscode: vscode.version,
        claudePath: settings().claudePath,
        now,
        runEntries: vscode.workspace.isTrusted,
      }),
  );
  const report = markdownReport(findings, { version, date: new Date(now()).toISOString() });
  await previews.showMarkdown('Fermata Diagnose.md', report);
}
