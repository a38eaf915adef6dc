// `node .ci/checkRelease.mjs v1.2.3`: whether tag, version and changelog agree, and publisher and repository are filled in.
// Writes what the changelog says of that version to out/release-notes.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version, publisher, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
const [tag] = process.argv.slice(2);

const notes = changelog.split(/^## /m).find((section) => section.startsWith(`[${version}] - `));
const problems = [
  tag !== `v${version}` && `the tag is ${tag}, package.json says ${version}`,
  notes === undefined && `CHANGELOG.md has no section "## [${version}] - DATE"`,
  repository.url.includes('/OWNER/') && 'repository.url in package.json still says OWNER',
].filter(Boolean);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

mkdirSync(join(root, 'out'), { recursive: true });
writeFileSync(join(root, 'out', 'release-notes.md'), notes.split('\n').slice(1).join('\n').trim() + '\n');
console.log(`${publisher}.fermata ${version} may be published`);
