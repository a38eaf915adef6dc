import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { GIT_HOOKS, isShellScript, withBlock, withoutBlock } from '#core/install/gitHooks/hookBlock.ts';
import { hookStatus, installHook, uninstallHook } from '#core/install/gitHooks/hookFile.ts';
import { sized } from '#test/lib/stress/size.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const HOME = '/home/ada/.fermata';
const line = fc.constantFrom(
  '#!/bin/sh',
  '#!/usr/bin/env bash',
  '#! /bin/dash -e',
  '#!/usr/bin/env node',
  '#!/bin/sh\r',
  'exit 0',
  'cat',
  '. "$(dirname "$0")/h"',
  '# >>> fermata git-hooks >>>',
  '# This file is Fermata’s own.',
  '',
);
const text = fc
  .array(fc.oneof(line, fc.string()), { maxLength: 6 })
  .chain((lines) => fc.constantFrom(lines.join('\n'), `${lines.join('\n')}\n`))
  .map((each) => Buffer.from(each));
const bytes = fc.oneof(
  { weight: 4, arbitrary: text },
  fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.from(each)),
  fc.uint8Array({ maxLength: 60 }).map((each) => Buffer.concat([Buffer.from('#!/bin/sh\n'), each])),
);
const file = fc.record({ bytes, mode: fc.constantFrom(0o755, 0o644, 0o700, 0o555, 0o775) });
const place = fc.option(fc.oneof({ weight: 5, arbitrary: file }, fc.constantFrom('../tools/check', 'gone')));

type Place = '../tools/check' | 'gone' | { bytes: Buffer<ArrayBuffer>; mode: 0o755 } | null;
/** Hooks of others that are what is left of ours without its lines. */
const likeOurs = [
  '#!/bin/sh\nexit 0\n',
  '#!/bin/sh\nif [ -x "$0.before-fermata" ]; then exec "$0.before-fermata" "$@"; fi\n',
  '#!/bin/sh',
].map((script): [[Place, Place, Place], boolean] => [[{ bytes: Buffer.from(script), mode: 0o755 }, null, null], true]);

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => {
      const stat = lstatSync(join(folder, name));
      const what = stat.isSymbolicLink()
        ? readlinkSync(join(folder, name))
        : readFileSync(join(folder, name), 'latin1');
      return [name, `${stat.mode.toString(8)} ${what}`];
    }),
  );
}

test('installed and taken out, every hook of others is as it was, to the byte, with its mode', () => {
  const root = realpathSync(tempDir('fermata-githooks-'));
  let run = 0;
  fc.assert(
    fc.property(fc.tuple(place, place, place), fc.boolean(), (places, twice) => {
      const folder = join(root, String(run++));
      mkdirSync(folder);
      for (const [i, each] of places.entries()) {
        const path = join(folder, GIT_HOOKS[i] ?? '');
        if (typeof each === 'string') symlinkSync(each, path);
        else if (each !== null) {
          writeFileSync(path, each.bytes);
          chmodSync(path, each.mode);
        }
      }
      const before = contents(folder);
      for (const hook of GIT_HOOKS) {
        installHook(folder, hook, '/home/ada/earlier');
        installHook(folder, hook, HOME);
        expect(hookStatus(folder, hook, HOME).standing).toMatch(/^(?:ours|beside)$/);
        const installed = contents(folder);
        if (twice) expect(installHook(folder, hook, HOME).did).toBeUndefined();
        expect(contents(folder)).toEqual(installed);
      }
      for (const hook of GIT_HOOKS) uninstallHook(folder, hook, HOME);
      expect(contents(folder)).toEqual(before);
    }),
    {
      numRuns: sized(200, 20_000),
      examples: likeOurs,
    },
  );
});

test('what others write around our lines stays', () => {
  fc.assert(
    fc.property(text.filter(isShellScript), text, (script, more) => {
      const installed = withBlock(script, 'pre-commit', HOME);
      fc.pre(withoutBlock(script) === undefined && installed.at(-1) === 10);
      expect(withoutBlock(Buffer.concat([installed, more]))?.equals(Buffer.concat([script, more]))).toBe(true);
    }),
    { numRuns: sized(200, 20_000) },
  );
});
