import { diagnose, type DiagnoseOptions } from '#core/install/doctor/doctor.ts';
import { markdownReport } from '#core/install/doctor/finding.ts';

/** The report that "Fermata: Diagnose" shows. A bundle of its own: nobody pays for it but who asks. */
export async function diagnosis(options: DiagnoseOptions & { version: string }): Promise<string> {
  const findings = await diagnose(options);
  return markdownReport(findings, { version: options.version, date: new Date(options.now()).toISOString() });
}
