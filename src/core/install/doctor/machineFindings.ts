import { isOlder } from '#core/claude/versions.ts';
import { readBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { ConnectionProblem, readConnection } from '#core/machines/connection.ts';
import { bridgeProcess } from '#core/machines/ensureBridge.ts';
import { loadSettings } from '#core/base/settings.ts';
import { formatDuration } from '#protocol/duration.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { ok, warn, type Finding } from './finding.ts';

/** What is known of the connection to other machines. */
export interface MachineFacts {
  /** Why the settings make no connection: a sentence. */
  problem?: string;
  server: string;
  /** What the bridge knows; undefined where none runs. */
  status?: BridgeStatus;
}

/** Undefined where the settings name no server. Starts nothing. */
export function machineFacts(home: string, now: number): MachineFacts | undefined {
  const settings = loadSettings(home, undefined);
  const server = settings['machines.url'];
  try {
    if (readConnection(settings) === undefined) return undefined;
  } catch (error) {
    if (!(error instanceof ConnectionProblem)) throw error;
    return { server, problem: error.message };
  }
  const status = bridgeProcess(home).isAlive(now) ? readBridgeStatus(home) : undefined;
  return { server, ...(status !== undefined && { status }) };
}

const MIN_SERVER = '2.9.0';
const GOOD_SERVER = '2.10.23';
/** Clocks that are further apart are worth a word. */
const CLOCK_MS = 5000;
/** Of a machine that was not heard for longer nothing is reported. */
const HEARD_MS = 60_000;
const TRY = 'Try it: fermata machines test';

/** With its end, unless it is a question. */
const sentence = (text: string): string => (/[.?!]$/.test(text) ? text : `${text}.`);

/** The link, the versions and the clocks. Pure. */
export function machineFindings(facts: MachineFacts | undefined, own: string | undefined, now: number): Finding[] {
  if (facts === undefined) return [];
  const { problem, server, status } = facts;
  if (problem !== undefined)
    return [warn('machines', `Other machines are not reached: ${sentence(problem)}`, 'Correct the setting.')];
  if (status === undefined)
    return [ok('machines', `The server of other machines is ${server}; nothing is shared at present.`)];
  const shown = status.problem ?? (status.connected ? undefined : 'there is no connection yet');
  if (shown !== undefined) return [warn('machines', `Other machines are not reached: ${sentence(shown)}`, TRY)];
  const heard = status.machines.filter(({ heardTs }) => Math.abs(now - heardTs) < HEARD_MS);
  const names = heard.map(({ name }) => name).join(', ') || 'no other machine';
  return [
    ok(
      'machines',
      `${status.name} is connected to ${server} (nats-server ${status.serverVersion ?? '?'}) and hears ${names}.`,
    ),
    ...serverFindings(status.serverVersion),
    ...heard.flatMap((machine) => heardFindings(machine, own)),
    ...status.sessions.flatMap(({ session, problem: stopped }) =>
      stopped === undefined ? [] : [warn('machines', `${session} is not carried: ${sentence(stopped)}`, TRY)],
    ),
  ];
}

function serverFindings(version: string | undefined): Finding[] {
  if (version === undefined || !isOlder(version, GOOD_SERVER)) return [];
  if (isOlder(version, MIN_SERVER))
    return [warn('machines', `nats-server ${version} is older than ${MIN_SERVER}.`, 'Update it.')];
  return [
    ok(
      'machines',
      `nats-server ${version} loses a stream at times when it is killed; ${GOOD_SERVER} and newer do not. What is lost is sent again.`,
    ),
  ];
}

function heardFindings(
  { name, version, clockMs }: BridgeStatus['machines'][number],
  own: string | undefined,
): Finding[] {
  const apart = formatDuration(Math.abs(clockMs));
  return [
    ...(Math.abs(clockMs) < CLOCK_MS
      ? []
      : [
          warn(
            'machines',
            `The clock of ${name} is ${apart} ${clockMs > 0 ? 'ahead of' : 'behind'} this one.`,
            'Set it: leases are counted by the clock of the machine that has the session.',
          ),
        ]),
    ...(version === undefined || own === undefined || version === own
      ? []
      : [warn('machines', `${name} has Fermata ${version}, this machine ${own}.`, 'Update the older one.')]),
  ];
}
