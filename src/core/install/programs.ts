/** A program that is put into the Fermata home: where the build has it, where it goes, and its mode. */
export interface Program {
  built: string;
  installed: string;
  mode: number;
}

const program = (built: string, installed = built, mode = 0o644): Program => ({ built, installed, mode });

/** Everything that hooks and workers run. What starts others stands after them: a gate never meets a missing hook. */
export const PROGRAMS: readonly Program[] = [
  program('fermata-whole.cjs', 'lib/fermata-whole.cjs'),
  program('fermata.cjs', 'lib/fermata.cjs'),
  program('demo.cjs', 'lib/demo.cjs'),
  program('hooks/clients/worker.mjs', 'clients/worker.mjs'),
  program('hooks/clients/worker.d.mts', 'clients/worker.d.mts'),
  program('hooks/clients/fermata.py', 'clients/fermata.py'),
  program('hooks/runner.cjs'),
  program('hooks/spawn.cjs'),
  program('hooks/wake.cjs'),
  program('hooks/wake.sh'),
  program('hooks/turn.cjs'),
  program('hooks/hook.cjs'),
  program('hooks/gate.sh', 'hooks/gate.sh', 0o755),
];
