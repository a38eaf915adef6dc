import { typeText, type Json } from './typeText.ts';

/** What the tables read of package.json. */
export interface ListedManifest {
  contributes: {
    commands: { command: string; title: string; category: string; enablement?: string }[];
    menus: { commandPalette: { command: string; when?: string }[] };
    configuration: { properties: Record<string, Json & { default: unknown; markdownDescription: string }> }[];
  };
}

/** README.md with its tables of settings and commands made from the manifest; all else stays as it is written. */
export function withTables(readme: string, manifest: ListedManifest, texts: Record<string, string>): string {
  const localize = (text: string): string => texts[text.replaceAll('%', '')] ?? text;
  const { commands, menus, configuration } = manifest.contributes;
  const hidden = menus.commandPalette.filter(({ when }) => when === 'false').map(({ command }) => command);
  const properties = configuration.flatMap((group) => Object.entries(group.properties));
  const settings = properties.map(([name, property]) => [
    `\`${name}\``,
    type(property),
    `\`${JSON.stringify(property.default)}\``,
    // the links below its sentence lead to places in the editor
    localize(property.markdownDescription).split('\n')[0] ?? '',
  ]);
  const listed = commands.filter(({ command }) => !hidden.includes(command));
  const rows = listed.map(({ command, title, category, enablement = '' }) => [
    `${category}: ${localize(title)}`,
    `\`${command}\``,
    needs(enablement),
  ]);
  const tables: [section: string, text: string][] = [
    ['settings', table(['setting', 'values', 'default', ''], settings)],
    ['commands', table(['command', 'id, for a keyboard shortcut', 'needs'], rows)],
  ];
  return tables.reduce((page, [section, text]) => between(page, section, text), readme);
}

/** Replaces the text between the two marks of a section. */
function between(page: string, section: string, text: string): string {
  const [start, end] = [new RegExp(`<!-- ${section}: .* -->\n`).exec(page)?.[0] ?? '', `<!-- /${section} -->`];
  const [before, rest = ''] = page.split(start, 2);
  const after = rest.split(end)[1];
  if (start === '' || after === undefined) throw new Error(`README.md has lost the marks of its table of ${section}`);
  return `${before}${start}\n${text}\n\n${end}${after}`;
}

function type(property: Json): string {
  if (property.type === 'object') return 'texts by name';
  return typeText(property).replaceAll('|', '\\|');
}

/** When-clauses as text. Throws for an unknown one, so that the table never hides a condition. */
function needs(enablement: string): string {
  const descriptions: Record<string, string> = {
    isWorkspaceTrusted: 'a trusted folder',
    'workspaceFolderCount > 0': 'an open folder',
    'fermata:hasSession': 'a session',
    'fermata:hasLive': 'a live session',
    'fermata:hasBlocks': 'a block',
    'fermata:hasShared': 'a shared session',
    'fermata:replaying': 'a replay',
  };
  return enablement
    .split(' && ')
    .filter((clause) => clause !== '')
    .map((clause) => {
      const description = descriptions[clause];
      if (description === undefined) throw new Error(`say in test/docs/readmeTables.ts what "${clause}" means`);
      return description;
    })
    .join(', ');
}

const table = (heads: string[], rows: string[][]): string =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
