import { l10n } from 'vscode';
import * as duration from '#protocol/duration.ts';

const TEXTS: duration.DurationTexts = {
  seconds: (s) => l10n.t('{0} s', s),
  minutes: (m) => l10n.t('{0} min', m),
  hours: (h, m) => l10n.t('{0} h {1} min', h, m),
  days: (d, h) => l10n.t('{0} d {1} h', d, h),
};

/** A duration in milliseconds in the editor's language. */
export const formatDuration = (ms: number): string => duration.formatDuration(ms, TEXTS);
