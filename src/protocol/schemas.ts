/**
 * All schemas that programs check something by, as plain data. The build runs this module and puts what it exports in
 * its place, so that nothing that is shipped has to load zod or to make a schema when it starts.
 */
import { envelope, eventRows, type EventType } from './event.ts';
import { fromPanel, fromTimeline } from './inbound.ts';
import * as files from './fileFormats.ts';
import { hookPayload } from './payload.ts';
import { plainOf, plainsOf, type Plain, type PlainObject } from './plain.ts';
import { rule, rulesFile } from './rules.ts';
import { HOOK_SETTINGS, settingSchemas, type SettingName } from './settings.ts';

/** What any event may have besides its type. */
export const plainEnvelope = plainsOf(envelope);
/** The fields of each type of event beside those: they are found by the type, and would stand there forty times. */
export const plainEvents = Object.fromEntries(
  Object.entries(eventRows).map(([type, { fields }]) => [type, plainsOf<string>(fields)]),
) as Record<EventType, PlainObject['fields']>;
export const plainPayload = plainOf(hookPayload);
export const plainSettings = plainsOf(settingSchemas) as Record<SettingName, Extract<Plain, { is: 'preset' }>>;
export const plainHookSettings = Object.fromEntries(HOOK_SETTINGS.map((name) => [name, plainSettings[name]]));
export const plainFromPanel = plainOf(fromPanel);
export const plainFromTimeline = plainOf(fromTimeline);
export const plainRule = plainOf(rule);
export const plainRulesFile = plainOf(rulesFile);
export const plainSessionInfo = plainOf(files.sessionInfo);
export const plainRunnerInfo = plainOf(files.runnerInfo);
export const plainApprovals = plainOf(files.approvals);
export const plainPlan = plainOf(files.plan);
export const plainInstallRecord = plainOf(files.installRecord);
export const plainHistoryCache = plainOf(files.historyCache);
