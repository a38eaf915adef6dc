/** `npm run docs`: writes the pages under docs/ that are made from the schemas, and the texts to be translated. A unit test says when they are stale. */
import { writeFileSync } from 'node:fs';
import { generatedDocs } from './generatedDocs.ts';

for (const { path, text } of generatedDocs()) writeFileSync(path, text);
