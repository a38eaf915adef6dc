import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { Approvals } from '#protocol/fileFormats.ts';
import { approvalsSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/atomicFile.ts';
import { homePaths } from '#core/base/paths.ts';
import type { RulesText } from './rulesFile.ts';

const isApprovals = compileValidator(approvalsSchema);

/** Hashes kept for one project: the newest, so that going back to an earlier text needs no new question. */
const MAX_HASHES = 20;

/** Whether these very bytes are approved for this project. A file that cannot be understood approves nothing. */
export function isApproved(home: string, project: string, sha256: string): boolean {
  return sha256 !== '' && (readApprovals(home).projects[realpath(project)]?.includes(sha256) ?? false);
}

/** The texts that count, out of those that a project has. */
export function approvedTexts(home: string, project: string, texts: RulesText[]): RulesText[] {
  return texts.filter((text) => isApproved(home, project, text.sha256));
}

/** Approves a rules text for a project. Throws the system's error if approved.json cannot be written. */
export function approve(home: string, project: string, sha256: string): void {
  const file = readApprovals(home);
  const previous = file.projects[realpath(project)] ?? [];
  file.projects[realpath(project)] = [...previous.filter((known) => known !== sha256), sha256].slice(-MAX_HASHES);
  writeApprovals(home, file);
}

/** Takes back what was approved for a project: one text, or all. */
export function revoke(home: string, project: string, sha256?: string): void {
  const file = readApprovals(home);
  const remaining =
    sha256 === undefined ? [] : (file.projects[realpath(project)] ?? []).filter((known) => known !== sha256);
  if (remaining.length > 0) file.projects[realpath(project)] = remaining;
  else delete file.projects[realpath(project)];
  writeApprovals(home, file);
}

function readApprovals(home: string): Approvals {
  try {
    const value: unknown = JSON.parse(readFileSync(homePaths(home).approved, 'utf8'));
    if (isApprovals(value))
      return {
        version: 1,
        projects: Object.assign(Object.create(null) as object, (value as Approvals).projects),
      };
  } catch {
    // missing or damaged: nothing is approved
  }
  return { version: 1, projects: Object.create(null) as Approvals['projects'] };
}

function writeApprovals(home: string, file: Approvals): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  writeFileAtomic(homePaths(home).approved, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
}

function realpath(project: string): string {
  try {
    return realpathSync.native(project);
  } catch {
    return project;
  }
}
