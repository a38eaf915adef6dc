import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '#test/lib/runtimes.ts';
import { cliPage } from './cliPage.ts';
import { eventsSchema } from './eventsSchema.ts';
import { extensionTexts } from './extensionTexts.ts';
import { withPlainEvents } from './plainEvents.ts';
import { protocolPage } from './protocolPage.ts';
import { withTables, type ListedManifest } from './readmeTables.ts';
import { reliabilityPage } from './reliabilityPage.ts';
import { rulesPage } from './rulesPage.ts';
import { rulesSchema } from './rulesSchema.ts';

/** The introduction of docs/protocol.md, which is written by hand. */
export const readIntro = (): string => readFileSync(join(repoRoot, 'test', 'docs', 'protocol.intro.md'), 'utf8');

/** The files that are made from the code, in whole or in part, with the text that they should have. */
export function generatedDocs(): { path: string; text: string }[] {
  const schema = eventsSchema();
  const rules = rulesSchema();
  const introOf = (name: string): string => read(`test/docs/${name}`);
  const read = (name: string): string => readFileSync(join(repoRoot, name), 'utf8');
  const manifest = JSON.parse(read('package.json')) as ListedManifest;
  const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
  return [
    { path: join(repoRoot, 'README.md'), text: withTables(read('README.md'), manifest, texts) },
    ...['hooks/clients/worker.mjs', 'hooks/clients/fermata.py'].map((path) => ({
      path: join(repoRoot, path),
      text: withPlainEvents(path, read(path)),
    })),
    { path: join(repoRoot, 'docs', 'cli.md'), text: cliPage() },
    { path: join(repoRoot, 'l10n', 'bundle.l10n.json'), text: l10nBundle() },
    { path: join(repoRoot, 'docs', 'protocol.md'), text: protocolPage(readIntro(), schema) },
    { path: join(repoRoot, 'docs', 'events.schema.json'), text: `${JSON.stringify(schema, null, 2)}\n` },
    { path: join(repoRoot, 'docs', 'reliability.md'), text: reliabilityPage() },
    { path: join(repoRoot, 'docs', 'rules.md'), text: rulesPage(introOf('rules.intro.md'), rules) },
    { path: join(repoRoot, 'docs', 'rules.schema.json'), text: `${JSON.stringify(rules, null, 2)}\n` },
  ];
}

/** Every text of the extension by itself, as translations are made of it. */
function l10nBundle(): string {
  const { keys } = extensionTexts();
  return `${JSON.stringify(Object.fromEntries(keys.map((key) => [key, key])), null, 2)}\n`;
}
