import { fermataHome } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { defaultName, fullPath } from '#core/machines/connection.ts';
import { bridgeProcess, ensureBridge, noteUse } from '#core/machines/ensureBridge.ts';
import { freshStatus } from '#core/machines/follow.ts';
import { isToken } from '#core/machines/subjects.ts';
import { formatDuration } from '#protocol/duration.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { probeServer, runBridgeHere } from '#cli/bridgeProgram.ts';
import { EXIT, refused, usage } from '#cli/exit.ts';
import { installOnMachine } from '#cli/machineInstall.ts';
import { print, printable } from '#cli/output.ts';
import { findServer, runServer, servedPaths, setUnsetSettings, writeServed } from '#cli/serverProgram.ts';
import { flagOption, textOption, type Call, type Verb } from '#cli/verb.ts';

const DEFAULT_PORT = 4222;
/** Clocks that are further apart are worth a word. */
const CLOCK_MS = 5000;

const NO_SERVER =
  'no server is named: "fermata machines serve" runs one here, or set fermata.machines.url to your team’s (docs/machines.md)';

export const machines: Verb = {
  name: 'machines',
  summary:
    'List the other machines; test the connection to the server, run a server here, or install Fermata on another machine',
  args: 'any',
  usage: '[test | serve [MACHINE …] [--port N] | install MACHINE]',
  options: {
    port: { ...textOption('N', `where the server listens on 127.0.0.1; default ${DEFAULT_PORT}`), fits: isPort },
  },
  examples: [
    'fermata machines',
    'fermata machines test',
    'fermata machines serve gpu1 build1',
    'fermata machines install gpu1',
  ],
  notes: [
    'serve writes a configuration for nats-server with a password for this machine and for each MACHINE, and runs the nats-server that it finds, until you end it.',
    'It listens on 127.0.0.1 alone; another machine reaches it through a tunnel: ssh -R 4222:127.0.0.1:4222 gpu1.',
    'install puts the programs of this home into ~/.fermata there, by the command that fermata.machines.start has for the machine; Node 20 or newer must be there. A copy that is cut off changes nothing.',
  ],
  personal: ({ args: [action] }) => {
    if (action === 'serve') return 'run a server for other machines';
    return action === 'install' ? 'install Fermata on another machine' : undefined;
  },
  run: (call, action, ...names) => {
    if (action === 'serve') return serve(call, names);
    if (action === 'install') {
      const [name, ...more] = names;
      if (name === undefined || more.length > 0) throw usage('which machine? fermata machines install gpu1');
      return installOnMachine(call, name);
    }
    if (names.length > 0) throw usage(`"${names[0]}" is not expected here`);
    if (action === 'test') return test(call);
    if (action !== undefined) throw usage(`"${action}" is none of test, serve and install`);
    return list(call);
  },
};

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
}

async function list(call: Call): Promise<undefined> {
  const { io } = call;
  const home = fermataHome(io.env);
  const status = await statusOf(home, io.env);
  if (status === undefined) throw refused(NO_SERVER);
  const lines = [linkText(status, io.now()), ...status.machines.map((machine) => machineText(machine, io.now()))];
  return print(call, printable(lines.join('\n')), { ...status });
}

/** What the bridge knows, once it has had the time to connect; undefined where no server is named. */
async function statusOf(home: string, env: NodeJS.ProcessEnv): Promise<BridgeStatus | undefined> {
  if (loadSettings(home, undefined)['machines.url'] === '') return undefined;
  const status = await freshStatus(home, () => ensureBridge(home, env));
  if (status === undefined) throw refused('the bridge does not start: "fermata doctor" finds out why');
  return status;
}

function linkText({ name, server, connected, sinceTs, problem }: BridgeStatus, now: number): string {
  const since = formatDuration(Math.max(0, now - sinceTs));
  if (problem !== undefined)
    return connected ? `${name} is connected to ${server}, but ${problem}` : `${name} is not connected: ${problem}`;
  return connected ? `${name} is connected to ${server}, since ${since}` : `${name} is not connected to ${server}`;
}

function machineText(
  { name, heardTs, version, clockMs, sessions }: BridgeStatus['machines'][number],
  now: number,
): string {
  const parts = [
    name,
    `heard ${formatDuration(Math.max(0, now - heardTs))} ago`,
    version === undefined ? undefined : `Fermata ${version}`,
    Math.abs(clockMs) < CLOCK_MS
      ? undefined
      : `its clock is ${formatDuration(Math.abs(clockMs))} ${clockMs > 0 ? 'ahead' : 'behind'}`,
    ...sessions.map((each) => sessionText(each, name)),
  ];
  return parts.filter(Boolean).join('  ');
}

function sessionText(
  { session, project, name }: BridgeStatus['machines'][number]['sessions'][number],
  machine: string,
): string {
  const known = [name === undefined ? '' : `“${name}”`, project ?? ''].filter(Boolean).join(', ');
  return `${session}@${machine}${known === '' ? '' : ` (${known})`}`;
}

async function test(call: Call): Promise<number> {
  const home = fermataHome(call.io.env);
  if (loadSettings(home, undefined)['machines.url'] === '') throw refused(NO_SERVER);
  const { ok, ...result } = await probeServer(home, call.io.env);
  if (!ok) throw refused(result.problem ?? 'the server cannot be used');
  const { server, serverVersion, roundTripMs } = result;
  const text = `${server} works: nats-server ${serverVersion ?? '?'}, ${roundTripMs ?? '?'} ms to it and back; the stream keeps what is sent`;
  print(call, printable(text), { ...result });
  return EXIT.ok;
}

async function serve(call: Call, names: string[]): Promise<number> {
  const { io } = call;
  const home = fermataHome(io.env);
  const settings = loadSettings(home, undefined);
  const own = settings['machines.name'] || defaultName();
  for (const name of names)
    if (!isToken(name))
      throw usage(`"${name}" cannot be the name of a machine: it may have letters, digits, "-" and "_", at most 128`);
  const program = findServer(io.env);
  const port = Number(call.text('port') ?? DEFAULT_PORT);
  const space = settings['machines.space'];
  const served = writeServed({ home, port, space, names: [own, ...names] });
  const paths = servedPaths(home);
  const url = `nats://127.0.0.1:${port}`;
  const wanted = { 'machines.url': url, 'machines.creds': paths.credentials(own) };
  const set = setUnsetSettings(home, wanted);
  const others = served.filter(({ name }) => name !== own);
  const lines = [
    `${program} serves the space "${space}" at ${url}; Ctrl-C ends it. Its log: ${paths.log}`,
    ...(set.length === 0 ? [] : [`set for this machine, ${own}: ${set.map((name) => `fermata.${name}`).join(', ')}`]),
    ...otherwiseSet(home, wanted).map(
      ([name, value]) =>
        `fermata.${name} has another value: this machine, ${own}, uses this server once that is ${value}`,
    ),
    ...others.flatMap(({ name }) => [
      `${name}:  scp ${paths.credentials(name)} ${name}:.fermata/machine.creds`,
      `${name}:  ssh -R ${port}:127.0.0.1:${port} ${name}   and there in ~/.fermata/settings.json: ${JSON.stringify({ 'machines.url': url, 'machines.creds': '~/.fermata/machine.creds', 'machines.name': name })}`,
    ]),
  ];
  print(call, printable(lines.join('\n')), { url, machines: served.map(({ name }) => name), config: paths.config });
  const code = await runServer(program, home);
  if (code !== 0) throw refused(`${program} ended: is another program at port ${port}? See ${paths.log}`);
  return EXIT.ok;
}

/** What a home has set otherwise, with what it would be here. */
function otherwiseSet(home: string, wanted: Record<'machines.url' | 'machines.creds', string>): [string, string][] {
  const present = loadSettings(home, undefined);
  return (['machines.url', 'machines.creds'] as const)
    .filter((name) => fullPath(present[name]) !== wanted[name])
    .map((name) => [name, wanted[name]]);
}

export const bridge: Verb = {
  name: 'bridge',
  summary: 'Carry the words of shared sessions to and from other machines, here, until you end it',
  usage: '[--stay]',
  options: { stay: flagOption('also while nothing needs it, as on an always-on machine') },
  examples: ['fermata bridge --stay'],
  notes: [
    'Hooks, workers and the panel start it by themselves where a session is shared, and it ends when nothing needs it.',
  ],
  personal: () => 'run the bridge',
  run: async (call) => {
    const { io } = call;
    const home = fermataHome(io.env);
    if (loadSettings(home, undefined)['machines.url'] === '') throw refused(NO_SERVER);
    if (bridgeProcess(home).isAlive(io.now())) throw refused('the bridge of this Fermata home runs already');
    noteUse(home, io.now());
    return await runBridgeHere(home, io.env, call.flag('stay') ? ['--stay'] : []);
  },
};
