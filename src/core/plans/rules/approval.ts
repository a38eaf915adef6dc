import { accepts } from '#protocol/compileValidator.ts';
import type { Approvals } from '#protocol/fileFormats.ts';
import { approvalsSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { realPath } from '#core/base/files/facts.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';
import type { RulesText } from './rulesFile.ts';

const hashList = approvalsSchema.properties?.['projects']?.additionalProperties || {};

/** Hashes kept for one project, the newest ones: a return to an earlier text needs no new approval. */
const MAX_HASHES = 20;

/** Whether a text with this hash is approved for this project. What is not valid in approved.json approves nothing. */
export function isApproved(home: string, project: string, sha256: string): boolean {
  return sha256 !== '' && (readApprovals(home).projects[realPath(project)]?.includes(sha256) ?? false);
}

/** Whether any text of any project is approved. */
export const hasApprovals = (home: string): boolean => Object.keys(readApprovals(home).projects).length > 0;

/** The approved ones of a project's texts. */
export function approvedTexts(home: string, project: string, texts: RulesText[]): RulesText[] {
  return texts.filter((text) => isApproved(home, project, text.sha256));
}

/** Approves a rules text for a project. Throws the system's error if approved.json cannot be written. */
export function approve(home: string, project: string, sha256: string): void {
  updateApprovals(home, project, (hashes) =>
    [...hashes.filter((known) => known !== sha256), sha256].slice(-MAX_HASHES),
  );
}

/** Revokes the approval of one of a project's texts, or of all. Throws the system's error. */
export function revoke(home: string, project: string, sha256?: string): void {
  updateApprovals(home, project, (hashes) => hashes.filter((known) => sha256 !== undefined && known !== sha256));
}

function readApprovals(home: string): Approvals {
  const { version, projects } = asRecord(readJson(homePaths(home).approved));
  const valid = Object.entries(version === 1 ? asRecord(projects) : {}).filter(([, hashes]) =>
    accepts(hashList, hashes),
  );
  return {
    version: 1,
    projects: Object.assign(Object.create(null) as Approvals['projects'], Object.fromEntries(valid)),
  };
}

function updateApprovals(home: string, project: string, update: (hashes: string[]) => string[]): void {
  const file = readApprovals(home);
  const key = realPath(project);
  const hashes = update(file.projects[key] ?? []);
  if (hashes.length > 0) file.projects[key] = hashes;
  else delete file.projects[key];
  makeFolder(home);
  writeFileAtomic(homePaths(home).approved, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
}
