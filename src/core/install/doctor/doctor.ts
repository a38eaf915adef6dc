import { gatherFacts, type DoctorOptions } from './facts.ts';
import type { Finding } from './finding.ts';
import { gitHookFindings } from './gitHookFindings.ts';
import { findingsOf } from './findings.ts';
import { selfTest } from './selfTest.ts';

export interface DiagnoseOptions extends DoctorOptions {
  now: () => number;
  /** False in a folder that is not trusted, where no entry may be started. */
  runEntries: boolean;
}

/** Checks everything that an installation needs, and runs every installed entry once. Removes what the runs write. */
export async function diagnose(options: DiagnoseOptions): Promise<Finding[]> {
  const { home, env, now, runEntries } = options;
  const facts = await gatherFacts(options);
  const findings = [...findingsOf(facts), ...gitHookFindings(home)];
  // where no program starts, no entry does
  if (!runEntries || facts.home.state !== 'there' || facts.home.traits?.programs === false) return findings;
  return [...findings, ...(await selfTest({ home, entries: facts.entries, env, now }))];
}
