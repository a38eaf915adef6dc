import { compileValidator } from './compileValidator.ts';
import { plainFromTimeline } from './schemas.ts';
import type { FromTimeline } from './timeline.ts';

const isFromTimeline = compileValidator(plainFromTimeline);

/** A message from a timeline's page, validated; undefined if it is none of ours. */
export const parseFromTimeline = (value: unknown): FromTimeline | undefined =>
  isFromTimeline(value) ? (value as FromTimeline) : undefined;
