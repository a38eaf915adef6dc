import { ruleExamples } from '#protocol/reference/rules.ts';
import { typeText, type Json } from './typeText.ts';

/** docs/rules.md: the written introduction, then every field from the schema. */
export function rulesPage(intro: string, schema: Json): string {
  const rule = schema.properties?.['rules']?.items ?? {};
  const worker = rule.properties?.['workers']?.items ?? {};
  const chapters: [title: string, schema: Json][] = [
    ['The file', schema],
    ['A rule', rule],
    ['A worker', worker],
    ['A guard', worker.properties?.['guard']?.items ?? {}],
    ['A resource', worker.properties?.['resources']?.items?.anyOf?.[1] ?? {}],
    ['A ballot', rule.properties?.['ballot'] ?? {}],
  ];
  return `${[
    '<!-- Made by "npm run docs" from src/protocol and test/docs/rules.intro.md: change those. -->',
    intro.trim(),
    ...chapters.flatMap(([title, part]) => [`## ${title}`, table(part)]),
    '## Examples',
    ...ruleExamples.flatMap(({ label, body }) => [`${label}:`, `\`\`\`json\n${JSON.stringify(body, null, 2)}\n\`\`\``]),
  ].join('\n\n')}\n`;
}

function table({ properties = {}, required = [] }: Json): string {
  const rows = Object.entries(properties).map(
    ([name, type]) =>
      `| \`${name}\` | ${typeOf(name, type)} | ${required.includes(name) ? 'yes' : ''} | ${cell(type)} |`,
  );
  return ['| field | type | required | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

/** A type with a chapter of its own becomes a link to it; a text with a pattern is a length of time here. */
function typeOf(name: string, type: Json): string {
  const chapters: Record<string, string> = {
    rules: 'list of [rules](#a-rule)',
    workers: 'list of [workers](#a-worker)',
    guard: 'list of [guards](#a-guard)',
    resources: 'list of names or [resources](#a-resource)',
    ballot: '[ballot](#a-ballot)',
    run: 'list of texts, or `{"shell": "…"}`',
    forEach: 'text, or `{"files": "…"}`',
    env: 'texts by name',
    timeout: 'length of time',
    deadline: 'length of time',
    until: 'text or list of text',
    event: 'text',
  };
  return chapters[name] ?? typeText(type);
}

function cell({ markdownDescription: description }: Json): string {
  return typeof description === 'string' ? description.replaceAll('|', '\\|') : '';
}
