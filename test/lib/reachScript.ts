import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './tempDir.ts';

/** Tools of a machine that has neither Node nor Fermata. */
const TOOLS = ['sh', 'env', 'mkdir', 'rm', 'mv', 'cat', 'tail', 'head', 'echo', 'tar', 'gzip'];

/** How a command reaches another machine: ssh joins the words for a shell there, the others run them as they are. */
const REACHES = {
  ssh: { words: ['box'], take: 'shift', run: 'sh -c "$*"' },
  docker: { words: ['exec', '-i', 'box'], take: 'shift 3', run: '"$@"' },
  kubectl: { words: ['exec', '-i', 'box', '--'], take: 'shift 4', run: '"$@"' },
  srun: { words: ['--gres=gpu:1'], take: 'shift', run: '"$@"' },
};
export type Reach = keyof typeof REACHES;

export interface StandIn {
  /** The first words of a command: what reaches the machine. */
  words: string[];
  /** The home folder of the person there. */
  home: string;
  /** What is in PATH there. */
  bin: string;
}

/**
 * A program that stands for one that reaches another machine: what it runs has an environment, a home and a PATH of its own.
 * @param node the Node of that machine: by default this one
 * @param home that of the person there; by default a new one
 * @param cut after so many bytes of its input the connection ends, or all is killed there
 */
export function reachScript(
  kind: Reach,
  {
    node = process.execPath,
    tools = TOOLS,
    home,
    cut,
  }: { node?: string; tools?: string[]; home?: string; cut?: { bytes: number; kills: boolean } } = {},
): StandIn {
  const root = tempDir(`fermata-${kind}-`);
  const [own, bin] = [home ?? join(root, 'home'), join(root, 'bin')];
  for (const each of [own, bin]) mkdirSync(each, { recursive: true });
  for (const each of tools) symlinkSync(`/usr/bin/${each}`, join(bin, each));
  if (node !== '') symlinkSync(node, join(bin, 'node'));
  const { words, take, run } = REACHES[kind];
  const inside = `env -i HOME='${own}' PATH='${bin}' ${run}`;
  const whole = `exec ${inside}`;
  // only what gets an archive is cut
  const ending = cut?.kills === true ? `{ head -c ${cut.bytes}; kill -9 0; }` : `head -c ${cut?.bytes}`;
  const broken = `case "$*" in *tar*) ${ending} | ${inside}; exit 255 ;; esac\n${whole}`;
  const script = join(root, kind);
  writeFileSync(script, `#!/bin/sh\n${take}\n${cut === undefined ? whole : broken}\n`);
  chmodSync(script, 0o755);
  return { words: [script, ...words], home: own, bin };
}
