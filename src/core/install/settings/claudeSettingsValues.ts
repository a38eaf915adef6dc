import { accepts, firstError } from '#protocol/compileValidator.ts';
import type { JsonSchema } from '#protocol/jsonSchema.ts';

/**
 * The values that Claude Code takes for its settings, as its own schema has them (2.1.163 to 2.1.332): with any other value
 * it ignores the whole file, hooks and permissions included. Settings whose wrong value costs nothing but themselves, and
 * settings that are not listed, may be anything. Hooks are judged in hookShape.ts.
 */
const FLAG: JsonSchema = { type: 'boolean' };
const TEXT: JsonSchema = { type: 'string' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };
const POSITIVE: JsonSchema = { type: 'integer', minimum: 1 };
const oneOf = (...values: string[]): JsonSchema => ({ enum: values });
const record = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const object = (properties: Record<string, JsonSchema>, required?: string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
});
const each = (schema: JsonSchema, names: string): Record<string, JsonSchema> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, schema]));
const command = object({ type: oneOf('command'), command: TEXT }, ['type', 'command']);

const FLAGS = `respectGitignore wslInheritsWindowsSettings includeCoAuthoredBy includeGitInstructions enforceAvailableModels
  enableAllProjectMcpServers disableClaudeAiConnectors disableBundledSkills disableAllHooks disableAgentView
  disableRemoteControl disableWorkflows disableArtifact enableArtifact enableWorkflows workflowKeywordTriggerEnabled
  disableSkillShellExecution respondToBashCommands allowManagedHooksOnly allowManagedPermissionRulesOnly
  allowManagedMcpServersOnly allowAllClaudeAiMcps disableSideloadFlags forceRemoteSettingsRefresh skipWebFetchPreflight
  spinnerTipsEnabled syntaxHighlightingDisabled terminalTitleFromRename alwaysThinkingEnabled fastMode
  fastModePerSessionOptIn promptSuggestionEnabled awaySummaryEnabled showClearContextOnPlanAccept channelsEnabled
  prefersReducedMotion doneMeansMerged autoMemoryEnabled autoDreamEnabled showThinkingSummaries
  skipDangerousModePermissionPrompt skipWorkflowUsageWarning verbose autoCompactEnabled precomputeCompactionEnabled
  switchModelsOnFlag autoScrollEnabled wheelScrollAccelerationEnabled fileCheckpointingEnabled showTurnDuration
  showMessageTimestamps terminalProgressBarEnabled todoFeatureEnabled remoteControlAtStartup isolatePeerMachines
  autoUploadSessions inputNeededNotifEnabled agentPushNotifEnabled skipAutoPermissionPrompt useAutoModeDuringPlan
  voiceEnabled axScreenReader`;
const TEXT_SETTINGS = `$schema apiKeyHelper proxyAuthHelper awsCredentialExport awsAuthRefresh gcpAuthRefresh model
  prUrlTemplate otelHeadersHelper outputStyle language advisorModel agent minimumVersion requiredMinimumVersion
  requiredMaximumVersion plansDirectory autoMemoryDirectory claudeMd pluginTrustMessage`;
const LISTS = `fallbackModel availableModels enabledMcpjsonServers disabledMcpjsonServers allowedHttpHookUrls
  httpHookAllowedEnvVars pluginSuggestionMarketplaces companyAnnouncements claudeMdExcludes`;

const PERMISSION_MODES = [
  'default',
  'acceptEdits',
  'plan',
  'bypassPermissions',
  'auto',
  'dontAsk',
  'delegate',
  'bubble',
];
const permissions = object({
  // an entry that is no rule costs only itself
  ...each({ type: 'array' }, 'allow deny ask'),
  additionalDirectories: TEXTS,
  defaultMode: oneOf(...PERMISSION_MODES),
  disableBypassPermissionsMode: oneOf('disable'),
  disableAutoMode: oneOf('disable'),
});

const SCHEMA = object({
  ...each(FLAG, FLAGS),
  ...each(TEXT, TEXT_SETTINGS),
  ...each(TEXTS, LISTS),
  ...each(POSITIVE, 'cleanupPeriodDays skillListingMaxDescChars totalTokensReminderBudget'),
  env: { type: 'object' },
  permissions,
  modelOverrides: record(TEXT),
  skillOverrides: record(oneOf('on', 'name-only', 'user-invocable-only', 'off')),
  attribution: object({ commit: TEXT, pr: TEXT, sessionUrl: FLAG }),
  fileSuggestion: command,
  subagentStatusLine: command,
  statusLine: object(
    { ...command.properties, padding: { type: 'number' }, hideVimModeIndicator: FLAG },
    command.required,
  ),
  worktree: object({ symlinkDirectories: TEXTS, sparsePaths: TEXTS, baseRef: oneOf('fresh', 'head') }),
  defaultShell: oneOf('bash', 'powershell'),
  enabledPlugins: record({ anyOf: [TEXTS, FLAG] }),
  extraKnownMarketplaces: record(
    object({ source: { type: 'object' }, installLocation: TEXT, autoUpdate: FLAG }, ['source']),
  ),
  forceLoginOrgUUID: { anyOf: [TEXT, TEXTS] },
  parentSettingsBehavior: oneOf('first-wins', 'merge'),
  sandbox: object({
    ...each(FLAG, 'enabled failIfUnavailable autoAllowBashIfSandboxed allowUnsandboxedCommands'),
    ...each(FLAG, 'enableWeakerNestedSandbox enableWeakerNetworkIsolation allowAppleEvents'),
    excludedCommands: TEXTS,
    ignoreViolations: record(TEXTS),
  }),
  feedbackSurveyRate: { type: 'number', minimum: 0, maximum: 1 },
  spinnerVerbs: object({ mode: oneOf('append', 'replace'), verbs: TEXTS }, ['mode', 'verbs']),
  spinnerTipsOverride: object({ excludeDefault: FLAG, tips: TEXTS }, ['tips']),
  autoUpdatesChannel: oneOf('latest', 'stable', 'rc'),
  tui: oneOf('default', 'fullscreen'),
  disableAutoMode: oneOf('disable'),
  defaultView: oneOf('chat', 'transcript'),
  disableDeepLinkRegistration: oneOf('disable'),
  voice: object({ enabled: FLAG, mode: oneOf('hold', 'tap'), autoSubmit: FLAG }),
});

/** The path of the first setting whose value costs the whole file, as a person writes it; undefined if there is none. */
export function refusedSetting(settings: unknown): string | undefined {
  return accepts(SCHEMA, settings) ? undefined : firstError(SCHEMA, settings).join('.');
}
