import type { EventType } from '#protocol/event.ts';
import { chapters, commonFields, eventNotes, partNotes } from '#protocol/reference/notes.ts';
import { typeText, type Json } from './typeText.ts';

/** docs/protocol.md: the written introduction, then every event and every type from the schemas and their notes. */
export function protocolPage(intro: string, schema: Json): string {
  const byTitle = new Map((schema.oneOf ?? []).map((event) => [event['title'], event]));
  const events = chapters.flatMap(({ title, notes }) => [
    `## ${title}`,
    ...(Object.keys(notes) as EventType[]).map((t) => eventText(t, byTitle.get(t) ?? {})),
  ]);
  return `${[
    '<!-- Made by "npm run docs" from src/protocol and test/docs/protocol.intro.md: change those. -->',
    intro.trim(),
    '## Fields of every event',
    table(commonSchema(byTitle.get('open') ?? {}), commonFields),
    ...events,
    '## Types',
    ...Object.entries(schema.$defs ?? {}).map(partText),
  ].join('\n\n')}\n`;
}

/** The fields that every event has, as one of them has them; only its type is its own. */
function commonSchema(event: Json): Json {
  const { properties, ...rest } = pickFields(event, Object.keys(commonFields));
  return { ...rest, properties: { ...properties, t: { type: 'string' } } };
}

function eventText(t: EventType, schema: Json): string {
  const { meaning, by, fields, example } = eventNotes[t];
  return [
    `### ${t}`,
    meaning,
    `**Said by:** ${by}`,
    table(pickFields(schema, Object.keys(fields)), fields),
    `\`\`\`json\n${JSON.stringify(example)}\n\`\`\``,
  ].join('\n\n');
}

function partText([name, schema]: [string, Json]): string {
  const { meaning, fields } = partNotes[name] ?? { meaning: '' };
  const form =
    typeof schema['pattern'] === 'string' && schema['pattern'].length < 60
      ? `Text that matches \`${schema['pattern'].replaceAll('\n', '\\n')}\`.`
      : fields === undefined
        ? `Type: ${typeText({ ...schema, pattern: undefined })}.`
        : table(schema, fields);
  return `### ${name}\n\n${meaning}\n\n${form}`;
}

const pickFields = (schema: Json, names: string[]): Json => ({
  ...schema,
  properties: Object.fromEntries(names.map((name) => [name, schema.properties?.[name] ?? {}])),
});

function table({ properties = {}, required = [] }: Json, descriptions: Record<string, string>): string {
  const rows = Object.entries(properties).map(
    ([name, type]) =>
      `| \`${name}\` | ${typeText(type)} | ${required.includes(name) ? 'yes' : ''} | ${cell(descriptions[name] ?? '')} |`,
  );
  return ['| field | type | required | meaning |', '|---|---|---|---|', ...rows].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
