import { shellQuote } from '#core/base/shellQuote.ts';
import { fermataHome } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { MIN_MAJOR } from '#core/install/findNode.ts';
import { INSTALL_EXIT, installScript, programsArchive, SCRIPT_ANSWER } from '#core/install/remoteInstall.ts';
import { installedVersion } from '#core/install/runtimeFiles.ts';
import { runnerEnv } from '#core/workers/workerEnv.ts';
import { refused } from './exit.ts';
import { runOnMachine, type MachineRun } from './machineRun.ts';
import { print, printable } from './output.ts';
import type { Call } from './verb.ts';

const REACH_MS = 120_000;
/** The programs have some megabytes, and the line may be slow. */
const COPY_MS = 900_000;
/** More shells than that are not between here and there. */
const MAX_SHELLS = 3;
const PROBE = 'fermata probe';
/** What `fermata worker --check` prints. */
const READY = /^fermata (\S+) is ready in (.+)$/m;

const NOTHING = Buffer.alloc(0);

/** The command of a machine, in its parts. */
interface Template {
  /** What reaches the machine, and then runs the rest as a command there. */
  reach: string[];
  program: string;
}

/** `fermata machines install NAME`: puts this home's programs on another machine, by the command that starts workers there. */
export async function installOnMachine(call: Call, name: string): Promise<undefined> {
  const { io } = call;
  const home = fermataHome(io.env);
  const { reach, program } = templateOf(loadSettings(home, undefined)['machines.start'], name);
  const env = runnerEnv(io.env, home);
  const run = (words: string[], input: Uint8Array = NOTHING, timeoutMs = REACH_MS): Promise<MachineRun> =>
    runOnMachine([...reach, ...words], { input, env, timeoutMs });
  let archive: Buffer;
  try {
    archive = programsArchive(home);
  } catch (error) {
    throw refused((error as Error).message);
  }
  const shells = await countShells(name, run);
  const script = ['sh', '-c', installScript()].map((word) => quoted(word, shells));
  const there = homeOf(name, await run(script, archive, COPY_MS));
  const version = installedVersion(home) ?? '?';
  const check = await run([program, 'worker', '--check']);
  const ready = READY.exec(check.out);
  const command = [...reach, `${there}/bin/fermata`, 'worker', '--stdin'];
  if (ready === null || ready[1] !== version)
    throw refused(
      printable(
        `Fermata ${version} is in ${there} on ${name}, but ${program} ${ready === null ? `does not start there${lastWords(check)}` : `starts Fermata ${ready[1]} in ${ready[2]}`}: set fermata.machines.start so that the command of ${name} is ${JSON.stringify(command)}`,
      ),
    );
  const text = `Fermata ${version} is in ${there} on ${name}, and workers start there`;
  return print(call, printable(text), { machine: name, home: there, version });
}

/** Takes the command of a machine apart. Throws a refusal where there is none, or where it ends with something else. */
function templateOf(start: Record<string, { command: string[] }>, name: string): Template {
  const command = Object.hasOwn(start, name) ? start[name]?.command : undefined;
  const known = Object.keys(start).join(', ');
  if (command === undefined)
    throw refused(
      `the setting fermata.machines.start has no machine "${name}" ${known === '' ? '(it has none)' : `(it has ${known})`}`,
    );
  const words = command.at(-1) === '--detach' ? command.slice(0, -1) : command;
  const [program = '', verb, option] = words.slice(-3);
  if (verb !== 'worker' || option !== '--stdin' || words.length < 4 || !/(^|[\\/])fermata(\.cmd)?$/.test(program))
    throw refused(
      `the command of ${name} in fermata.machines.start is ${JSON.stringify(command)}: to install there it must end with the words "fermata", "worker", "--stdin", after those that reach the machine`,
    );
  return { reach: words.slice(0, -3), program };
}

/** How many shells read a command again on its way: none with docker, kubectl and srun, one with ssh. Throws a refusal. */
async function countShells(name: string, run: (words: string[]) => Promise<MachineRun>): Promise<number> {
  const probe = await run(['echo', quoted(PROBE, MAX_SHELLS)]);
  const lines = probe.out.split(/\r?\n/);
  for (let shells = 0; shells <= MAX_SHELLS; shells++)
    if (lines.includes(quoted(PROBE, MAX_SHELLS - shells))) return shells;
  throw refused(printable(`${name} could not be reached${lastWords(probe)}`));
}

/** A word that so many shells read, one after the other. */
const quoted = (word: string, shells: number): string => (shells === 0 ? word : quoted(shellQuote(word), shells - 1));

/** Where it was installed, by the script's answer. Throws a refusal with what happened there. */
function homeOf(name: string, run: MachineRun): string {
  const answer = answerIn(run.out) ?? answerIn(run.err) ?? '';
  const why: Record<number, string> = {
    [INSTALL_EXIT.noNode]: `${name} has no Node that is found: install Node ${MIN_MAJOR} or newer there (PATH is ${answer})`,
    [INSTALL_EXIT.oldNode]: `${name} has only ${answer}: install Node ${MIN_MAJOR} or newer there`,
    [INSTALL_EXIT.noTar]: `${name} has no tar: install it there (PATH is ${answer})`,
    [INSTALL_EXIT.readOnly]: `${answer} cannot be written on ${name}${lastWords(run)}`,
    [INSTALL_EXIT.incomplete]: `the programs did not arrive whole at ${name}${lastWords(run)}; what was there before is unchanged`,
  };
  if (run.code === 0 && answer !== '') return answer;
  const sentence =
    (run.code === null ? undefined : why[run.code]) ??
    `the connection to ${name} ended before all was installed${lastWords(run)}`;
  throw refused(printable(sentence));
}

const answerIn = (text: string): string | undefined =>
  text
    .split(/\r?\n/)
    .findLast((line) => line.startsWith(SCRIPT_ANSWER))
    ?.slice(SCRIPT_ANSWER.length)
    .trim();

/** The end of what a command complained of, or its code. */
function lastWords({ code, err }: MachineRun): string {
  const lines = err.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith(SCRIPT_ANSWER));
  return lines.length === 0 ? ` (code ${code})` : `: ${lines.slice(-3).join(' ')}`;
}
