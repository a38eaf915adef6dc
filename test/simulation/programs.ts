import * as crypto from 'node:crypto';
import * as buffer from 'node:buffer';
import * as events from 'node:events';
import * as path from 'node:path';
import * as readline from 'node:readline';
import * as stream from 'node:stream';
import * as stringDecoder from 'node:string_decoder';
import * as util from 'node:util';
import * as vm from 'node:vm';
import * as childModule from './kernel/childModule.ts';
import { systemError } from './kernel/disk.ts';
import * as fileModule from './kernel/fileModule.ts';
import { machineNow } from './kernel/machine.ts';
import * as globals from './kernel/globals.ts';
import { SimulatedPromise } from './kernel/promise.ts';

/** The programs that a schedule can start, and parts of them that the invariants read logs with. */
export interface Programs {
  hook: () => void;
  cli: () => void;
  runner: () => void;
  parts: typeof import('./parts.ts');
}

const seeded = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(machineNow().random() * 256)));

/** Node's modules as simulated programs have them. */
export const MODULES: Record<string, unknown> = {
  'node:buffer': buffer,
  'node:child_process': childModule,
  'node:crypto': {
    ...crypto,
    randomBytes: seeded,
    randomInt: (from: number, to?: number) =>
      Math.floor(machineNow().random() * ((to ?? from) - (to === undefined ? 0 : from))) +
      (to === undefined ? 0 : from),
    randomUUID: () => seeded(16).toString('hex'),
  },
  'node:events': events,
  'node:fs': fileModule,
  'node:fs/promises': {
    rm: (target: string, options: { recursive?: boolean; force?: boolean }) =>
      new SimulatedPromise((resolve) => resolve(fileModule.rmSync(target, options))),
    opendir: (folder: string) =>
      new SimulatedPromise((resolve) => resolve(fileModule.readdirSync(folder, { withFileTypes: true }))),
    open: () => SimulatedPromise.reject(systemError('EINVAL', 'open')),
  },
  'node:net': { Socket: childModule.Socket },
  'node:os': {
    hostname: () => 'simulated',
    homedir: () => '/home/dev',
    tmpdir: () => '/tmp',
    setPriority: () => undefined,
    constants: { signals: { SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }, priority: { PRIORITY_LOW: 19 } },
    userInfo: () => ({ username: 'dev', uid: 1000 }),
  },
  'node:path': path,
  'node:readline': readline,
  'node:readline/promises': { createInterface: readline.createInterface },
  'node:stream': stream,
  'node:string_decoder': stringDecoder,
  'node:timers/promises': globals.timersPromises,
  'node:tty': { isatty: () => false },
  'node:util': {
    ...util,
    promisify:
      (call: (...args: unknown[]) => void) =>
      (...args: unknown[]) =>
        new SimulatedPromise((resolve, reject) =>
          call(...args, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result))),
        ),
  },
  'node:vm': vm,
};

/** What the text of the programs gets as its arguments. */
export const GIVEN: Record<string, unknown> = {
  simulated: (name: string): unknown => {
    const found = MODULES[name];
    if (found === undefined) throw new Error(`no program of the simulation has ${name}`);
    return found;
  },
  process: globals.simulatedProcess,
  Promise: SimulatedPromise,
  Date: globals.SimulatedDate,
  Math: globals.simulatedMath,
  Atomics: globals.simulatedAtomics,
  performance: globals.simulatedPerformance,
  setTimeout: globals.setTimeout,
  setInterval: globals.setInterval,
  setImmediate: globals.setImmediate,
  clearTimeout: globals.clearTimeout,
  clearInterval: globals.clearTimeout,
  queueMicrotask: globals.queueMicrotask,
  console: globals.simulatedConsole,
};

/** Compiles the text of a bundle, and returns a function that evaluates it anew. */
export function compilePrograms(text: string): () => Programs {
  const evaluate = new vm.Script(text, { filename: 'simulated.cjs' }).runInThisContext() as (
    ...given: unknown[]
  ) => void;
  return () => {
    const exports: Record<string, () => { start: () => void }> = {};
    evaluate(exports, ...Object.values(GIVEN));
    const main = (name: string) => () => exports[name]?.().start();
    return {
      hook: main('hook'),
      cli: main('cli'),
      runner: main('runner'),
      parts: exports['parts']?.() as unknown as Programs['parts'],
    };
  };
}
