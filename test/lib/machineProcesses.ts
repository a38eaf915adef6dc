import { readdirSync, readFileSync } from 'node:fs';
import type { MachineHome } from './machineHome.ts';

/** The process that runs `fermata worker` for that home. */
export function connectionOf({ home }: MachineHome): number | undefined {
  return processesWith((args, env) => args.includes('worker\0--stdin') && env.includes(`FERMATA_HOME=${home}`));
}

function processesWith(isIt: (args: string, env: string) => boolean): number | undefined {
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    try {
      if (isIt(readFileSync(`/proc/${pid}/cmdline`, 'utf8'), readFileSync(`/proc/${pid}/environ`, 'utf8'))) return pid;
    } catch {
      // it has ended meanwhile
    }
  }
  return undefined;
}
