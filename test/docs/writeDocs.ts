/** `npm run docs`: writes all files that are made from the code. A unit test fails when one is stale. */
import { writeFileSync } from 'node:fs';
import { dependenciesFile, dependenciesPage } from './dependenciesPage.ts';
import { generatedDocs } from './generatedDocs.ts';

for (const { path, text } of [...generatedDocs(), { path: dependenciesFile, text: dependenciesPage() }])
  writeFileSync(path, text);
