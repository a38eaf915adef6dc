import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { MACHINE_SETTINGS } from '#protocol/parseSettings.ts';
import { settingSchemas } from '#protocol/settings.ts';
import { COMMANDS, CONTEXT_KEYS, ROW_KINDS, VIEWS } from '#extension/base/ids.ts';
import { RESTRICTED } from '#extension/settings/restricted.ts';
import { repoRoot } from '#test/lib/runtimes.ts';

interface Property {
  type: string;
  default: unknown;
  enum?: string[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  scope: string;
  order: number;
  markdownDescription: string;
  markdownEnumDescriptions?: string[];
}

interface Manifest {
  displayName: string;
  description: string;
  icon: string;
  categories: string[];
  keywords: string[];
  engines: { vscode: string };
  devDependencies: Record<string, string>;
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string }[];
    views: Record<string, { id: string; name: string; icon: string }[]>;
    menus: Record<string, { command: string; when: string }[]>;
    configuration: { title: string; order: number; properties: Record<string, Property> }[];
    walkthroughs: {
      id: string;
      steps: { id: string; description: string; media: { svg: string; altText: string }; completionEvents: string[] }[];
    }[];
  };
}

const read = (name: string): string => readFileSync(join(repoRoot, name), 'utf8');
const manifestText = read('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const { contributes } = manifest;
const groups = contributes.configuration;
const properties = Object.fromEntries(groups.flatMap((group) => Object.entries(group.properties)));
const textOf = (reference: string): string => texts[reference.replaceAll('%', '')] ?? '';

describe('settings', () => {
  test('are those of the protocol, by name', () => {
    const names = groups.flatMap((group) => Object.keys(group.properties));
    expect(names.toSorted()).toEqual(
      Object.keys(settingSchemas)
        .map((name) => `fermata.${name}`)
        .toSorted(),
    );
  });

  test.each(Object.entries(settingSchemas))(
    '%s has the type, the bounds and the default of the protocol',
    (name, schema) => {
      const wanted = z.toJSONSchema(schema, { io: 'input' }) as unknown as Property;
      const property = properties[`fermata.${name}`];
      expect(property).toMatchObject({ type: wanted.type, default: wanted.default });
      expect(property?.enum).toEqual(wanted.enum);
      expect([property?.minimum, property?.maximum]).toEqual([wanted.minimum, wanted.maximum]);
    },
  );

  test('stand in groups, in an order', () => {
    expect(groups.map(({ order }) => order)).toEqual(groups.map((_, index) => index + 1));
    expect(new Set(groups.map(({ title }) => textOf(title))).size).toBe(groups.length);
    for (const group of groups) {
      const orders = Object.values(group.properties).map(({ order }) => order);
      expect(orders, group.title).toEqual(orders.map((_, index) => index));
    }
  });

  test('are described by one plain sentence each, and every choice by another; and have a scope', () => {
    for (const [name, { markdownDescription, markdownEnumDescriptions, enum: choices, scope }] of Object.entries(
      properties,
    )) {
      const [sentence, between, ...links] = textOf(markdownDescription).split('\n');
      expect(sentence, name).toMatch(/^[A-Z].*\.$/);
      expect([between ?? '', links.length], name).toEqual(['', between === undefined ? 0 : 1]);
      expect(markdownEnumDescriptions?.length, name).toBe(choices?.length);
      for (const choice of markdownEnumDescriptions ?? []) expect(textOf(choice), name).toMatch(/^[A-Z].*\.$/);
      expect(['machine', 'machine-overridable', 'window', 'resource'], name).toContain(scope);
    }
  });

  test('lead to settings and commands that there are, and to none by itself', () => {
    for (const [name, { markdownDescription }] of Object.entries(properties)) {
      const text = textOf(markdownDescription);
      const settings = [...text.matchAll(/`#([\w.]+)#`/g)].map(([, id]) => id ?? '');
      expect(Object.keys(properties)).toEqual(expect.arrayContaining(settings));
      expect(settings, name).not.toContain(name);
      const commands = [...text.matchAll(/\(command:([\w.]+)\)/g)].map(([, id]) => id);
      expect(Object.values(COMMANDS)).toEqual(expect.arrayContaining(commands));
    }
  });

  test('that name a program or a path, or decide what happens where Fermata fails, are of the machine', () => {
    const ofMachine = Object.keys(properties).filter((name) => properties[name]?.scope === 'machine');
    expect(ofMachine.toSorted()).toEqual(MACHINE_SETTINGS.map((name) => `fermata.${name}`).toSorted());
    // a text without a list of choices or a pattern may be a path
    const free = Object.keys(properties).filter((name) => {
      const { type, enum: choices, pattern } = properties[name] ?? {};
      return type === 'string' && !choices && !pattern;
    });
    expect(ofMachine).toEqual(expect.arrayContaining(free));
    expect(Object.values(properties).map(({ scope }) => scope)).not.toContain('machine-overridable');
  });

  test('that name programs or change what Claude may do are restricted in a folder nobody trusts', () => {
    expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toEqual(
      RESTRICTED.map((name) => `fermata.${name}`),
    );
  });
});

describe('ids', () => {
  test('commands are those of the code, both ways', () => {
    expect(contributes.commands.map(({ command }) => command).toSorted()).toEqual(Object.values(COMMANDS).toSorted());
  });

  test('menus name only commands that there are', () => {
    for (const { command } of Object.values(contributes.menus).flat())
      expect(Object.values(COMMANDS)).toContain(command);
  });

  test('no menu names a command twice for the same place', () => {
    for (const [menu, entries] of Object.entries(contributes.menus)) {
      const entryKeys = entries.map(({ command, when }) => `${command} ${when}`);
      expect(new Set(entryKeys).size, menu).toBe(entryKeys.length);
    }
  });

  test('menus of a row in the list of sessions ask for kinds that there are', () => {
    const asked = contributes.menus['view/item/context']?.flatMap(({ when }) =>
      [...when.matchAll(/viewItem (?:==|!=) (\w+)|viewItem =~ \/\^\(([\w|]+)\)\$\//g)].flatMap(([, one, several]) =>
        (one ?? several ?? '').split('|'),
      ),
    );
    expect(asked).not.toEqual([]);
    expect(Object.values(ROW_KINDS)).toEqual(expect.arrayContaining(asked ?? []));
  });

  test('views are those of the code, each with an icon', () => {
    const views = Object.values(contributes.views).flat();
    expect(views.map(({ id }) => id)).toEqual(Object.values(VIEWS));
    for (const { icon } of views) expect(existsSync(join(repoRoot, icon))).toBe(true);
  });

  test('context keys of when-clauses are those of the code, both ways', () => {
    const named = new Set(manifestText.match(/fermata:\w+/g));
    expect([...named].toSorted()).toEqual(Object.values(CONTEXT_KEYS).toSorted());
  });
});

describe('texts', () => {
  test('of the manifest and of package.nls.json are the same, both ways', () => {
    const used = [...manifestText.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key);
    expect(new Set(used)).toEqual(new Set(Object.keys(texts)));
  });
});

test('every text of the manifest that people see is translatable', () => {
  const seen = new Set(['title', 'description', 'markdownDescription', 'category', 'contextualTitle', 'displayName']);
  const lists = new Set(['enumDescriptions', 'markdownEnumDescriptions']);
  // the product's name is the same in every language
  const isData = (key: string, text: string): boolean => key === 'category' && text === 'Fermata';
  const bare = (value: unknown): string[] => {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
      const shown = seen.has(key) ? [inner] : lists.has(key) && Array.isArray(inner) ? inner : [];
      const hard = shown.filter((text) => typeof text === 'string' && !/^%[\w.]+%$/.test(text) && !isData(key, text));
      return [...hard.map((text) => `${key}: ${text}`), ...bare(inner)];
    });
  };
  const { displayName, description } = manifest;
  expect(bare({ displayName, description, capabilities: manifest.capabilities, contributes })).toEqual([]);
  for (const view of Object.values(contributes.views).flat()) expect(view.name).toMatch(/^%[\w.]+%$/);
});

describe('the walkthrough', () => {
  const [walkthrough] = contributes.walkthroughs;
  const steps = walkthrough?.steps ?? [];
  const own = [...Object.values(COMMANDS), ...Object.values(VIEWS).map((view) => `${view}.focus`)];

  test('is one of five steps', () => {
    expect(contributes.walkthroughs).toHaveLength(1);
    expect(walkthrough?.id).toBe('fermata.start');
    expect(steps.map(({ id }) => id)).toEqual(['install', 'demo', 'rule', 'release', 'timeline']);
  });

  test.each(steps)('step $id leads to commands that there are, and ends by something that happens', (step) => {
    const text = texts[step.description.replaceAll('%', '')] ?? '';
    const called = [...text.matchAll(/\]\(command:([\w.]+)\)/g)].map(([, command]) => command);
    expect(called.length).toBeGreaterThan(0);
    expect(own).toEqual(expect.arrayContaining(called));
    expect(step.completionEvents.length).toBeGreaterThan(0);
    for (const event of step.completionEvents)
      expect([
        ...own.map((id) => `onCommand:${id}`),
        // what was so before the walkthrough was opened counts by the second condition
        ...Object.values(CONTEXT_KEYS).flatMap((key) => [
          `onContext:${key}`,
          `onContext:${key} && ${CONTEXT_KEYS.mayShowSteps}`,
        ]),
      ]).toContain(event);
  });

  test.each(steps)('the picture of step $id takes its colours from the theme, and is told in words', ({ media }) => {
    const svg = read(media.svg);
    // the editor forbids it to load or to style anything by itself
    expect(svg).not.toMatch(/<style|style=|href|url\(|<script/);
    const colours = [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour ?? '');
    expect(colours.length).toBeGreaterThan(10);
    expect(colours.filter((colour) => colour !== 'none' && !colour.startsWith('var(--vscode-'))).toEqual([]);
    expect(texts[media.altText.replaceAll('%', '')]?.length).toBeGreaterThan(30);
  });
});

describe('the package', () => {
  test('is typed against the oldest editor that it supports', () => {
    expect(`^${manifest.devDependencies['@types/vscode']}`).toBe(manifest.engines.vscode);
  });

  test('promises no editor older than the one that `npm run test:oldest` runs', () => {
    const { devDependencies } = JSON.parse(read('test/oldest/package.json')) as Manifest;
    // code-server 4.105.1 carries VS Code 1.105.1
    const carried = devDependencies['code-server']?.replace(/^4\.(\d+)\..*/, '^1.$1.0');
    expect(carried).toBe(manifest.engines.vscode);
  });

  test('has an icon that the marketplace takes', () => {
    const png = readFileSync(join(repoRoot, manifest.icon));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([256, 256]);
  });

  test('is found under few categories and words', () => {
    expect(manifest.categories.length).toBeLessThanOrEqual(3);
    expect(manifest.keywords.length).toBeLessThanOrEqual(5);
  });
});
