import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sessionPaths } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { consumeFlags, fileName, readFlags } from '#core/session/flags.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { hold, parted, same, type Target } from '#test/fuzz/target.ts';
import { NOW } from './logs.ts';
import { inMemory } from './scratch.ts';

let root: string | undefined;

/** A name that a file can have: others a person cannot make. */
const isFileName = (name: string): boolean =>
  name !== '' &&
  name !== '.' &&
  name !== '..' &&
  !/[/\0]/.test(name) &&
  Buffer.byteLength(name) <= 255 &&
  !name.includes('\ufffd');

/** Whether a name is that of a flag, read part by part. */
function isFlagName(name: string): boolean {
  const [kind, ...parts] = name.split('-');
  const id = parts.join('-');
  const plain = (max: number): boolean =>
    id.length >= 1 && id.length <= max && id.split('').every((c) => /[A-Za-z0-9_-]/.test(c));
  if (kind === 'release')
    return id === 'all' || (id.startsWith('B') && /^[1-9]\d*$/.test(id.slice(1)) && id.length <= 10);
  if (kind === 'answer') return plain(64);
  if (kind === 'pass') return plain(200);
  return (
    kind === 'abort' &&
    id !== '' &&
    id !== '.' &&
    id !== '..' &&
    id.length <= 64 &&
    id.split('').every((c) => /[A-Za-z0-9_.-]/.test(c))
  );
}

/** A file among the flags: first line its name, then its content. It is a command of the person, or set aside; never both, and once. */
export const flags: Target = {
  seeds: () => [
    'release-all\nlooks good', 'release-B1\n', 'abort-session\nstop', 'abort-W2\n\ufeffstop\r\nnow', 'answer-a1\nallow\nbecause', 'pass-toolu_01\n',
    'release-B0\n', 'release-\n', '.tmp\nx', 'other\n\0\0', 'abort-W1\n\ud800', 'answer-a\ndeny',
  ], // prettier-ignore
  words: ['release-', 'abort-', 'answer-', 'pass-', 'session', 'all', 'B1', 'allow', 'deny'],
  check: (input) => {
    const [name, content] = parted(input);
    if (!isFileName(name)) return;
    root ??= inMemory('flags');
    const dir = join(root, 's1');
    rmSync(dir, { recursive: true, force: true });
    createLog(dir, NOW);
    const paths = sessionPaths(dir);
    mkdirSync(paths.flags, { recursive: true });
    writeFileSync(join(paths.flags, name), content);
    const [raised, more] = readFlags(dir);
    hold(more === undefined, () => 'one file is two flags');
    if (raised === undefined) return hold(/^\..*\.tmp$/.test(name), () => 'a file is not seen');
    same(raised.flag !== undefined, isFlagName(name), 'a flag by its name');
    if (raised.flag !== undefined) same(fileName(raised.flag), name, 'name of the flag');
    const { comment } = raised;
    hold(comment === undefined || (comment.length <= 4096 && !comment.includes('\0')), () => 'a comment that is none');
    // an answer that has just come is left to the hook that waits for it
    const published = consumeFlags(dir, raised.changedMs + 10_000);
    same(published, 1, 'events published');
    same(readFlags(dir).length, 0, 'flags that are left');
    hold(raised.flag !== undefined || readdirSync(paths.setAside).length === 1, () => 'what is no flag is gone');
    const { state } = openLog(dir);
    same(state.damaged.size, 0, 'damaged lines');
    same(state.events, 2, 'events in the log');
    same(consumeFlags(dir, raised.changedMs + 20_000), 0, 'events of what was obeyed');
  },
};
