import * as z from 'zod/mini';
import {
  ballotDescriptions,
  fileDescriptions,
  guardDescriptions,
  resourceDescriptions,
  ruleExamples,
  ruleDescriptions,
  workerDescriptions,
} from '#protocol/reference/rules.ts';
import { fullRulesFile } from '#protocol/rules.ts';
import type { Json } from './typeText.ts';

/** `.fermata/rules.json` as a JSON Schema, made from the schema that validates rules and from its descriptions. */
export function rulesSchema(): Json {
  const { $schema, ...file } = z.toJSONSchema(fullRulesFile, {
    io: 'input',
    target: 'draft-7',
    reused: 'inline',
  }) as Json;
  const rule = file.properties?.['rules']?.items ?? {};
  const worker = rule.properties?.['workers']?.items ?? {};
  const guard = worker.properties?.['guard']?.items ?? {};
  const resource = worker.properties?.['resources']?.items ?? {};
  describe(file, fileDescriptions);
  describe(rule, ruleDescriptions);
  describe(worker, workerDescriptions);
  describe(guard, guardDescriptions);
  describe(resource.anyOf?.[1] ?? {}, resourceDescriptions);
  describe(rule.properties?.['ballot'] ?? {}, ballotDescriptions);
  rule['defaultSnippets'] = ruleExamples.map(({ label, body }) => ({ label, body: escaped(body) }));
  // which fields belong to which kind, as semanticErrors.ts checks it
  Object.assign(worker, {
    if: { properties: { kind: { const: 'claude' } }, required: ['kind'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: { required: ['prompt'], not: { required: ['run'] } },
    else: { required: ['run'] },
  });
  return {
    $schema,
    title: 'Fermata rules',
    description: 'Which prompts start which workers. Nothing starts before a person has approved this text.',
    allowComments: true,
    allowTrailingCommas: true,
    ...file,
  };
}

function describe({ properties = {} }: Json, descriptions: Record<string, string>): void {
  for (const [name, schema] of Object.entries(properties))
    Object.assign(schema, { description: plain(descriptions[name] ?? ''), markdownDescription: descriptions[name] });
}

/** Where an editor shows no markup. */
const plain = (text: string): string => text.replaceAll('`', '');

/** In a snippet of an editor `$` and `}` mean something. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(/[$}\\]/g, '\\$&');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, escaped(inner)]));
}
