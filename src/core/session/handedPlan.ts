import { join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import { isRunId } from '#protocol/ids.ts';
import type { HandedPlan } from '#protocol/fileFormats.ts';
import { handedPlanSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { readJson } from '#core/base/json.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isProven, planProof } from './planProof.ts';

const isHandedPlan = compileValidator(handedPlanSchema);

/** Which plan: the run, and the hash of its bytes as the log announces it. */
interface PlanName {
  run: string;
  sha256: string;
}

function handedPath(dir: string, run: string): string {
  if (!isRunId(run)) throw new Error(`not a run: ${JSON.stringify(run.slice(0, 40))}`);
  return join(sessionPaths(dir).runs, run, 'handed.json');
}

/**
 * Records that the plan of another machine was handed over by a program of this machine's user, with a proof of this home: a
 * line that the log brings from elsewhere starts nothing here. `cwd` is where its workers run, `bringMegabytes` how much of their results the
 * seat takes. Throws the system's error.
 */
export function recordHandedPlan(
  home: string,
  dir: string,
  { run, sha256 }: PlanName,
  settings: Omit<HandedPlan, 'proof'>,
): void {
  const handed: HandedPlan = { proof: planProof(home, dir, { run, sha256 }), ...settings };
  writeFileAtomic(handedPath(dir, run), JSON.stringify(handed), { mode: 0o600 });
}

/** What was recorded for a plan; undefined where nothing was, or the proof is not of this home and these bytes. */
export function handedPlan(home: string, dir: string, { run, sha256 }: PlanName): HandedPlan | undefined {
  const handed = readJson(handedPath(dir, run));
  if (!isHandedPlan(handed)) return undefined;
  const { proof } = handed as HandedPlan;
  return isProven(home, dir, { run, sha256, proof }) ? (handed as HandedPlan) : undefined;
}
