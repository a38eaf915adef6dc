import { psEnvironments, psProcess } from '#core/base/psTable.ts';
import { ok, warn, type Finding } from './finding.ts';

/** What this system shows of its processes. */
export interface ProcessFacts {
  platform: NodeJS.Platform;
  /** Nothing at all: there is no `ps`, or it does not work. */
  by: 'proc' | 'ps' | 'nothing';
  startTimes: boolean;
  environments: boolean;
}

/** Looks at this process, as at any other one. */
export function processFacts(): ProcessFacts {
  const { platform, pid } = process;
  if (platform === 'linux') return { platform, by: 'proc', startTimes: true, environments: true };
  const own = psProcess(pid);
  if (own === undefined) return { platform, by: 'nothing', startTimes: false, environments: false };
  const environments = psEnvironments()?.get(pid)?.includes('=') === true;
  return { platform, by: 'ps', startTimes: own.startTime !== undefined, environments };
}

const USE_OWN_PS = 'See what is wrong with /bin/ps: it has to answer to ps -axo pid,ppid,lstart,command';

/** What does not work here because the system does not show its processes, or not all of them. On Linux nothing. */
export function processFindings({ platform, by, startTimes, environments }: ProcessFacts): Finding[] {
  if (by === 'proc') return [];
  if (platform === 'win32')
    return [
      ok(
        'processes',
        'Windows: an idle session is not woken, it is told at its next call or prompt; processes are known by their number alone.',
      ),
    ];
  if (by === 'nothing')
    return [
      warn(
        'processes',
        'This system shows no processes: an abort does not end what has left its worker’s process group, and Claude’s terminal is not found.',
        USE_OWN_PS,
      ),
    ];
  const findings = [ok('processes', `Processes are seen by ps; ${WAKING}.`)];
  if (!startTimes) findings.push(warn('processes', NO_START_TIMES, USE_OWN_PS));
  const missed = environments ? 'a program of the system' : 'a process';
  findings.push(
    ok('processes', `An abort does not find ${missed} that has left both its worker’s group and its parents.`),
  );
  return findings;
}

const WAKING =
  'an idle session is woken in a terminal, while one that an editor or a program drives is told at its next call or prompt';
const NO_START_TIMES =
  'ps does not show when processes were started: a worker whose runner was killed is not taken over, and Claude is not interrupted.';
