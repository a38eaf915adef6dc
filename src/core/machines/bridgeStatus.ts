import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { readJson } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { bridgeStatusSchema } from '#protocol/schemas.ts';

/** What the bridge of a home wrote last; undefined where there never was one. It may have ended since. */
export function readBridgeStatus(home: string): BridgeStatus | undefined {
  const value = readJson(homePaths(home).bridgeStatus);
  return dropInvalid(bridgeStatusSchema, value) === undefined ? undefined : (value as BridgeStatus);
}

/** Throws the system's error. */
export const writeBridgeStatus = (home: string, status: BridgeStatus): void =>
  void writeFileAtomic(homePaths(home).bridgeStatus, `${JSON.stringify(status)}\n`, { mode: 0o600, durable: false });
