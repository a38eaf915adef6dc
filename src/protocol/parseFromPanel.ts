import { compileValidator } from './compileValidator.ts';
import type { FromPanel } from './messages.ts';
import { plainFromPanel } from './schemas.ts';

const isFromPanel = compileValidator(plainFromPanel);

/** A message from the webview, validated; undefined if it is none of ours. */
export const parseFromPanel = (value: unknown): FromPanel | undefined =>
  isFromPanel(value) ? (value as FromPanel) : undefined;
