import type { BREAKS } from './breaks.ts';

export function buildFuzz(outfile: string, breaks?: readonly (typeof BREAKS)[string][]): Promise<void>;
