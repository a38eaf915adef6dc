import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { approve } from '#core/plans/rules/approval.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';

/** Writes the project's rules file, which a person has yet to approve. */
export function writeRules(project: string, rules: unknown): void {
  mkdirSync(join(project, '.fermata'), { recursive: true });
  writeFileSync(join(project, '.fermata', 'rules.json'), JSON.stringify(rules));
}

/** Writes the project's rules file and approves it for the Fermata home at `home`. */
export function writeApprovedRules(home: string, project: string, rules: unknown): void {
  writeRules(project, rules);
  approve(home, project, readRulesFile(project)?.sha256 ?? '');
}
