/**
 * All schemas by which programs validate, as JSON Schema. The build runs this module and replaces it by the values of
 * its exports, so that no program that is shipped loads zod or makes a schema when it starts.
 */
import * as z from 'zod/mini';
import { envelope, eventRows, type EventTraits, type EventType } from './event.ts';
import * as files from './fileFormats.ts';
import { jsonSchemaOf, type JsonSchema } from './jsonSchema.ts';
import { fromPanel, fromTimeline } from './messages.ts';
import { claudeLine, hookPayload } from './payload.ts';
import { policyTest } from './policyTest.ts';
import { rule, rulesFile } from './rules.ts';
import { HOOK_SETTINGS, settingSchemas, type SettingName } from './settings.ts';

type EventRow = EventTraits & { fields: z.core.$ZodShape };

/** What any event may have besides its type. Where it came from is checked before it is folded (src/core/fold/machines.ts). */
export const envelopeSchema = jsonSchemaOf(z.object({ ts: envelope.ts, id: envelope.id }));
const fieldsSchemas = Object.entries(eventRows).map(([t, { fields, decisive }]: [string, EventRow]) => {
  const schema = jsonSchemaOf(z.object(fields));
  return [t as EventType, decisive === undefined ? schema : { ...schema, decisive }] as const;
});
/** The events that a hook folds at most calls. */
const FREQUENT: readonly EventType[] = [
  'open',
  'session',
  'turn',
  'end',
  'prompt',
  'spawn',
  'progress',
  'usage',
  'hook',
  'unblock',
  'expire',
  'denied',
  'held',
  'claim',
  'delivered',
  'watch',
  'log',
  'tool',
];
/** The other fields of each frequent type of event, without the envelope, which would be repeated forty times. */
export const frequentFieldsSchemas = Object.fromEntries(fieldsSchemas.filter(([t]) => FREQUENT.includes(t))) as Partial<
  Record<string, JsonSchema>
>;
/** The same of the other events. A hook loads them only where there is one. */
export const rareFieldsSchemas = Object.fromEntries(fieldsSchemas.filter(([t]) => !FREQUENT.includes(t))) as Partial<
  Record<string, JsonSchema>
>;
export const payloadSchema = jsonSchemaOf(hookPayload);
export const claudeLineSchema: JsonSchema = { ...jsonSchemaOf(claudeLine), decisive: ['is_error'] };
export const settingJsonSchemas = jsonSchemaOf(z.object(settingSchemas)).properties as Record<SettingName, JsonSchema>;
export const hookSettingJsonSchemas = Object.fromEntries(HOOK_SETTINGS.map((name) => [name, settingJsonSchemas[name]]));
export const fromPanelSchema = jsonSchemaOf(fromPanel);
export const fromTimelineSchema = jsonSchemaOf(fromTimeline);
export const ruleSchema = jsonSchemaOf(rule);
export const rulesFileSchema = jsonSchemaOf(rulesFile);
export const policyTestSchema = jsonSchemaOf(policyTest);
export const sessionInfoSchema = jsonSchemaOf(files.sessionInfo);
export const seatInfoSchema = jsonSchemaOf(files.seatInfo);
export const runnerInfoSchema = jsonSchemaOf(files.runnerInfo);
export const machineHereSchema = jsonSchemaOf(files.machineHere);
export const bridgeStatusSchema = jsonSchemaOf(files.bridgeStatus);
export const approvalsSchema = jsonSchemaOf(files.approvals);
export const planSchema = jsonSchemaOf(files.plan);
export const handedPlanSchema = jsonSchemaOf(files.handedPlan);
export const handoverSchema = jsonSchemaOf(files.handover);
export const resultLineSchema = jsonSchemaOf(files.resultLine);
export const resultsInfoSchema = jsonSchemaOf(files.resultsInfo);
export const arrivedInfoSchema = jsonSchemaOf(files.arrivedInfo);
export const outputRequestSchema = jsonSchemaOf(files.outputRequest);
export const outputPieceSchema = jsonSchemaOf(files.outputPiece);
export const fetchedOutputSchema = jsonSchemaOf(files.fetchedOutput);
export const installRecordSchema = jsonSchemaOf(files.installRecord);
export const historyCacheSchema = jsonSchemaOf(files.historyCache);
