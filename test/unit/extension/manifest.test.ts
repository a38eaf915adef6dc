import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { settingSchemas } from '../../../src/protocol/settings.ts';
import { COMMANDS, CONTEXT_KEYS, VIEWS } from '../../../src/extension/ids.ts';
import { RESTRICTED } from '../../../src/extension/restricted.ts';
import { repoRoot } from '../../lib/runtimes.ts';

interface Property {
  type: string;
  default: unknown;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  scope: string;
  description: string;
}

interface Manifest {
  icon: string;
  engines: { vscode: string };
  devDependencies: Record<string, string>;
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string }[];
    views: Record<string, { id: string; icon: string }[]>;
    menus: Record<string, { command: string; when: string }[]>;
    configuration: { properties: Record<string, Property> };
  };
}

const read = (name: string): string => readFileSync(join(repoRoot, name), 'utf8');
const manifestText = read('package.json');
const manifest = JSON.parse(manifestText) as Manifest;
const texts = JSON.parse(read('package.nls.json')) as Record<string, string>;
const { contributes } = manifest;
const { properties } = contributes.configuration;

describe('settings', () => {
  test('are those of the protocol, by name', () => {
    expect(Object.keys(properties)).toEqual(Object.keys(settingSchemas).map((name) => `fermata.${name}`));
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

  test('are described by one plain sentence each, and have a scope', () => {
    for (const [name, { description, scope }] of Object.entries(properties)) {
      expect(texts[description.replaceAll('%', '')], name).toMatch(/^[A-Z].*\.$/);
      expect(['machine', 'machine-overridable', 'window', 'resource'], name).toContain(scope);
    }
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

describe('the package', () => {
  test('is typed against the oldest editor that it supports', () => {
    expect(`^${manifest.devDependencies['@types/vscode']}`).toBe(manifest.engines.vscode);
  });

  test('has an icon that the marketplace takes', () => {
    const png = readFileSync(join(repoRoot, manifest.icon));
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(128);
  });
});
