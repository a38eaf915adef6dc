import { compileValidator } from './compileValidator.ts';
import type { FromPanel, FromTimeline } from './messages.ts';
import { fromPanelSchema, fromTimelineSchema } from './schemas.ts';

const isFromPanel = compileValidator(fromPanelSchema);
const isFromTimeline = compileValidator(fromTimelineSchema);

/** A message from the panel, validated; undefined if it is no such message. */
export const parseFromPanel = (value: unknown): FromPanel | undefined =>
  isFromPanel(value) ? (value as FromPanel) : undefined;

/** A message from the page of a timeline, validated; undefined if it is no such message. */
export const parseFromTimeline = (value: unknown): FromTimeline | undefined =>
  isFromTimeline(value) ? (value as FromTimeline) : undefined;
