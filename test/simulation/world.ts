import { closeSync, openSync, writeSync } from './kernel/fileModule.ts';
import { NODE, setTimeout } from './kernel/globals.ts';
import type { Inode } from './kernel/disk.ts';
import { labelNow, Machine } from './kernel/machine.ts';
import type { SimulatedProcess } from './kernel/process.ts';
import { spawn } from './kernel/childModule.ts';
import { Facts, type CommandFact, type HookFact } from './facts.ts';
import { gateOpens } from './gate.ts';
import type { Programs } from './programs.ts';
import { Reference } from './reference.ts';
import { ACTORS, chanceOf, type ActorName, type Schedule, type Step } from './schedule.ts';

const USER_HOME = '/home/dev';
export const HOME = `${USER_HOME}/.fermata`;
export const PROJECT = `${USER_HOME}/project`;
const SESSION = 'session-1';
export const DIR = `${HOME}/sessions/${SESSION}`;
/** A folder of the person's that nothing may touch. */
export const PRECIOUS = `${USER_HOME}/precious`;
const DAY_MS = 86_400_000;
/** What a worker has left behind runs longer than any worker. */
const REST_MS = 100_000;
const PAUSE_MS = 3000;

/** One actor: what it still does, and the process that does it now. */
interface Actor {
  name: ActorName;
  steps: Step[];
  busy: boolean;
}

/** A session of Claude Code with workers, a person, windows: a machine, and what each of them does on it. */
export class World {
  readonly machine: Machine;
  readonly programs: Programs;
  readonly schedule: Schedule;
  readonly facts = new Facts();
  readonly reference: Reference;
  readonly actors = new Map<ActorName, Actor>();
  readonly claude: SimulatedProcess;
  readonly logPath = `${DIR}/events.jsonl`;
  /** The log of the session, as it was at its start. */
  logInode: Inode | undefined;
  #words = 0;
  #calls = 0;
  #prompts = 0;

  constructor(programs: Programs, schedule: Schedule) {
    this.programs = programs;
    this.schedule = schedule;
    const { next } = chanceOf(schedule.seed ^ 0x5bd1e995);
    this.machine = new Machine(next);
    this.reference = new Reference(this.machine, `${DIR}/events.jsonl`, programs.parts);
    const { disk } = this.machine;
    const { failClosed, holdSeconds, hostile } = schedule;
    disk.putFolder(`${HOME}/sessions`);
    disk.putFolder(PROJECT);
    disk.put(`${HOME}/settings.json`, JSON.stringify({ 'hold.seconds': holdSeconds, 'workers.abortGraceSeconds': 1 }));
    for (const file of ['hooks/gate.sh', 'hooks/hook.cjs', 'hooks/runner.cjs', 'lib/fermata.cjs', 'bin/fermata'])
      disk.put(`${HOME}/${file}`, '', 0o700);
    if (failClosed) disk.put(`${HOME}/fail-closed`, '');
    disk.put(`${PRECIOUS}/letters/first.txt`, 'of the person');
    disk.put(`${PRECIOUS}/events.jsonl`, '{"t":"open","format":1,"ts":1}\n');
    this.#oldSession('old-1');
    this.#oldSession('old-2');
    if (hostile) {
      disk.makeLink(PRECIOUS, `${HOME}/sessions/old-link`);
      disk.makeLink(`${PRECIOUS}/letters`, `${HOME}/sessions/old-1/flags`);
      disk.makeLink(PRECIOUS, `${HOME}/logs`);
      disk.makePipe(`${HOME}/sessions/old-2/session.json`, 0o600);
    }
    disk.onRemove = (path) => this.facts.removals.push({ path, by: labelNow() });
    this.machine.execute = (argv) => this.#execute(argv);
    this.claude = this.machine.start({
      kind: 'claude',
      argv: ['claude'],
      env: { HOME: USER_HOME },
      cwd: PROJECT,
      main: (self) => void self.handles++,
    });
    this.machine.turn(this.claude);
    for (const name of ACTORS) this.actors.set(name, { name, steps: [], busy: false });
    for (const { actor, step } of schedule.steps) this.actors.get(actor)?.steps.push(step);
  }

  #oldSession(id: string): void {
    const { disk } = this.machine;
    const dir = `${HOME}/sessions/${id}`;
    disk.put(`${dir}/events.jsonl`, '{"t":"open","ts":1,"format":1,"nonce":"old"}\n');
    disk.put(`${dir}/workers/W1/out/result.txt`, 'a result');
    disk.at(`${dir}/events.jsonl`, 'utimes').mtimeMs = this.machine.clock - 30 * DAY_MS;
  }

  #execute(argv: string[]): { kind: string; main: (self: SimulatedProcess) => void } | undefined {
    const [program, first = ''] = argv;
    if (program === NODE && first.endsWith('/runner.cjs')) return { kind: 'runner', main: this.programs.runner };
    if (program === 'work') return { kind: 'work', main: (self) => this.#work(self, argv) };
    // what a worker leaves behind
    if (program === 'rest') return { kind: 'rest', main: () => void setTimeout(() => undefined, REST_MS) };
    return undefined;
  }

  /** The command of a worker: `work <milliseconds> <exit code> [child]`. */
  #work(self: SimulatedProcess, [, ms, code, child]: string[]): void {
    const worker = self.env['FERMATA_WORKER'] ?? '';
    this.facts.runs.push({ worker, process: self, code: Number(code) });
    writeSync(1, `${worker} works\n`);
    if (child === 'child') spawn('rest', [], { detached: true }).unref();
    self.exitCode = Number(code);
    setTimeout(() => undefined, Number(ms));
  }

  /** A text that nothing else in this world has. */
  word(kind: string): string {
    return `${kind}-${++this.#words}-of-${this.schedule.seed}`;
  }

  /** Starts the next step of an actor. Returns its process; undefined where the step needs none. */
  begin(actor: Actor): SimulatedProcess | undefined {
    const step = actor.steps.shift();
    if (step === undefined) return undefined;
    actor.busy = true;
    const process = this.#start(actor, step);
    process.onEnd.push(() => {
      actor.busy = false;
    });
    return process;
  }

  #start(actor: Actor, step: Step): SimulatedProcess {
    switch (step.op) {
      case 'prompt':
        return this.fire('UserPromptSubmit', { prompt: 'go on', prompt_id: `p${++this.#prompts}` }).process;
      case 'stop':
        return this.fire('Stop', { stop_hook_active: false, background_tasks: [], session_crons: [] }).process;
      case 'tool':
        return this.#callTool(actor, step);
      case 'echo':
        return this.#echo(step);
      case 'flag':
        return this.#touchFlag();
      case 'days':
        return this.#script('days', () => {
          this.setClock(40 * DAY_MS);
        });
      case 'junk':
        return this.#script('junk', () => closeSync(openSync(`${DIR}/flags/release-B1.bak`, 'w')));
      case 'pause':
        return this.#script('pause', () => void setTimeout(() => undefined, PAUSE_MS));
      default:
        return this.#command(actor.name, step);
    }
  }

  #callTool(actor: Actor, { tool, file }: Extract<Step, { op: 'tool' }>): SimulatedProcess {
    const call = {
      tool_name: tool,
      tool_input: { file_path: `${PROJECT}/${file}` },
      tool_use_id: `toolu_${++this.#calls}`,
    };
    const before = this.fire('PreToolUse', call);
    before.process.onEnd.push(() => {
      if (before.denied) return;
      const after = this.fire('PostToolUse', { ...call, tool_response: {}, duration_ms: 1 });
      actor.busy = true;
      after.process.onEnd.push(() => {
        actor.busy = false;
      });
    });
    return before.process;
  }

  /** Fires an event of Claude Code, which runs the gate. */
  fire(event: string, more: Record<string, unknown> = {}): HookFact {
    const payload = {
      session_id: SESSION,
      hook_event_name: event,
      cwd: PROJECT,
      transcript_path: `${USER_HOME}/.claude/projects/p/${SESSION}.jsonl`,
      ...more,
    };
    const state = this.reference.refresh();
    const process = this.machine.start({
      kind: 'hook',
      argv: [NODE, `${HOME}/hooks/hook.cjs`, event, '60'],
      env: { HOME: USER_HOME, CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: SESSION, CLAUDE_PROJECT_DIR: PROJECT },
      cwd: PROJECT,
      parent: this.claude,
      input: JSON.stringify(payload),
      main: () => {
        if (gateOpens(HOME, SESSION, event)) this.programs.hook();
      },
    });
    const input = (more['tool_input'] ?? {}) as { file_path?: string };
    const fact: HookFact = {
      event,
      process,
      began: this.machine.totalCalls,
      beganMs: this.machine.now,
      ...(input.file_path !== undefined && { file: input.file_path }),
      ...(typeof more['tool_name'] === 'string' && { tool: more['tool_name'] }),
      ...(typeof more['tool_use_id'] === 'string' && { call: more['tool_use_id'] }),
      denied: false,
      reason: '',
      output: '',
      faulty: false,
      known0: new Set(state.blocks.keys()),
      ended0: new Set([...state.blocks.values()].filter((block) => block.ended !== undefined).map(({ id }) => id)),
    };
    this.facts.hooks.push(fact);
    process.onEnd.push(() => this.#answered(fact));
    return fact;
  }

  /** What Claude Code makes of an answer. */
  #answered(fact: HookFact): void {
    const { process, event } = fact;
    fact.ended = this.machine.totalCalls;
    fact.endedMs = this.machine.now;
    fact.output = process.output;
    fact.faulty = process.hadFault || process.ended?.signal !== null;
    const code = process.ended?.code ?? -1;
    const isRefusedByGate = event === 'PreToolUse' && this.schedule.failClosed && (code === 1 || code === -1);
    const answer = parsed(process.output);
    const specific = (answer['hookSpecificOutput'] ?? {}) as Record<string, unknown>;
    if (isRefusedByGate || code === 2) {
      fact.denied = true;
      fact.reason = process.errors;
    } else if (code === 0) {
      fact.denied = specific['permissionDecision'] === 'deny' || answer['decision'] === 'block';
      const reason = specific['permissionDecisionReason'] ?? answer['reason'];
      fact.reason = typeof reason === 'string' ? reason : '';
    }
    this.reference.refresh();
  }

  /** A process that is no program of Fermata. */
  #script(kind: string, main: () => void): SimulatedProcess {
    const tolerant = (): void => {
      try {
        main();
      } catch (error) {
        if (typeof error === 'symbol') throw error;
        process.exitCode = 1;
      }
    };
    const process = this.machine.start({ kind, argv: [kind], env: { HOME: USER_HOME }, cwd: PROJECT, main: tolerant });
    return process;
  }

  #echo(step: Extract<Step, { op: 'echo' }>): SimulatedProcess {
    this.facts.foreignLines = true;
    const word = this.word('echo');
    const texts = {
      block: `{"t":"hook","worker":"W3","event":"PreToolUse","exit":2,"message":"${word}"}\n`,
      // of a clock that is a day ahead, and then a block of two seconds by no clock at all
      ahead: `{"t":"progress","worker":"W2","pct":1,"ts":${this.machine.clock + DAY_MS}}\n{"t":"hook","worker":"W3","event":"PreToolUse","exit":2,"message":"${word}","ttlMs":2000}\n`,
      unknown: '{"t":"from-the-future","worker":"W3","what":{"is":["this"]}}\n',
      torn: '{"t":"hook","worker":"W3","eve',
      zeros: '\0\0\0\0\n',
    };
    const process = this.#script('echo', () => {
      const fd = openSync(`${DIR}/events.jsonl`, 'a');
      writeSync(fd, texts[step.line]);
      closeSync(fd);
    });
    this.#record('other', step, process, word);
    return process;
  }

  /** Sets the system's clock. Days go by only for a session that could be recorded: another one is old then, and may be removed. */
  setClock(ms: number): void {
    if (ms > DAY_MS && this.machine.disk.peek(`${DIR}/session.json`) === undefined) return;
    this.machine.wallMs += ms;
    this.facts.clockWasSet = true;
  }

  #touchFlag(): SimulatedProcess {
    const process = this.#script('touch', () => {
      closeSync(openSync(`${DIR}/flags/release-all`, 'w'));
    });
    this.#record('person', { op: 'flag' }, process, '');
    return process;
  }

  #command(actor: ActorName, step: Step): SimulatedProcess {
    const word = this.word(step.op);
    const process = this.machine.start({
      kind: 'cli',
      argv: [NODE, `${HOME}/lib/fermata.cjs`, ...this.#arguments(step, word)],
      env: {
        HOME: USER_HOME,
        FERMATA_SESSION_DIR: DIR,
        ...(actor.startsWith('W') && { FERMATA_WORKER: actor }),
        ...(actor === 'conductor' && { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: SESSION }),
      },
      cwd: PROJECT,
      parent: actor === 'conductor' ? this.claude : undefined,
      main: this.programs.cli,
    });
    this.#record(actor, step, process, word);
    return process;
  }

  #record(actor: string, step: Step, process: SimulatedProcess, word: string): void {
    const fact: CommandFact = {
      actor,
      step,
      process,
      word,
      began: this.machine.totalCalls,
      beganMs: this.machine.now,
    };
    this.facts.commands.push(fact);
    if (step.op === 'inform') this.facts.told.push({ to: 'conductor', word, command: fact });
    if (step.op === 'tell') this.facts.told.push({ to: step.to, word, command: fact });
    process.onEnd.push(({ code }) => {
      fact.ended = this.machine.totalCalls;
      fact.endedMs = this.machine.now;
      if (code === 0) fact.confirmed = fact.ended;
      fact.printed = process.output;
      if (step.op === 'abort' && process.output.includes('is aborted')) this.#findLeft(process.argv.at(-1) ?? '');
    });
  }

  /** The command says that a worker has ended: nothing of it is there any more. */
  #findLeft(worker: string): void {
    for (const each of this.machine.processes.values())
      if (each.env['FERMATA_WORKER'] === worker && ['work', 'rest'].includes(each.kind))
        this.facts.leftByAborted.push(each);
  }

  #arguments(step: Step, word: string): string[] {
    switch (step.op) {
      case 'spawn':
        return ['spawn', '--task', word, '--', 'work', String(step.ms), String(step.code), step.child ? 'child' : ''];
      case 'abort':
        return [
          'abort',
          [...this.reference.refresh().workers.values()].find(({ run }) => run !== undefined)?.id ?? 'W9',
        ];
      case 'block':
        return [
          'block',
          word,
          ...(step.at === 'Stop' ? ['--at', 'Stop'] : []),
          ...(step.file === undefined ? [] : ['--path', step.file]),
          ...(step.until === undefined ? [] : ['--until', step.until]),
          ...(step.ttl === undefined ? [] : ['--ttl', step.ttl]),
          ...(step.key === undefined ? [] : ['--key', step.key]),
        ];
      case 'tell':
        return ['tell', step.to, word];
      case 'inform':
        return ['inform', word];
      case 'acquire':
        return [
          'acquire',
          'db',
          '--json',
          ...(step.ttl === undefined ? [] : ['--ttl', step.ttl]),
          ...(step.wait === undefined ? [] : ['--wait', step.wait]),
        ];
      case 'release':
        return ['release', 'db'];
      case 'ballot':
        return ['ballot', 'ship', '--quorum', String(step.quorum), '--voters', 'W1,W2,W3'];
      case 'vote':
        return ['vote', step.decision, '--ballot', 'ship'];
      case 'releaseAll':
        return ['release-block', 'all'];
      case 'forge':
        return ['emit', '{"t":"unblock","block":"all","by":"user"}'];
      case 'prune':
        return ['prune', '--older-than', '14d', '--yes'];
      default:
        return [step.op];
    }
  }
}

function parsed(output: string): Record<string, unknown> {
  try {
    return JSON.parse(output) as Record<string, unknown>;
  } catch {
    return {};
  }
}
