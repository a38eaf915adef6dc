import { accepts, firstError } from '#protocol/compileValidator.ts';
import type { JsonSchema } from '#protocol/jsonSchema.ts';
import { isOlder, NEWEST_TRIED } from '#core/claude/versions.ts';

/*
 * The values that Claude Code takes for its settings: with any other value it ignores the whole file, hooks and permissions
 * included. Settings whose wrong value costs nothing but themselves, and settings that are not listed, may be anything.
 * Found by giving every setting a value of each type, and asking `claude doctor`, in each of TRIED. Hooks are judged in
 * hookShape.ts.
 */
const FLAG: JsonSchema = { type: 'boolean' };
const TEXT: JsonSchema = { type: 'string' };
const NUMBER: JsonSchema = { type: 'number' };
const TEXTS: JsonSchema = { type: 'array', items: TEXT };
const LIST: JsonSchema = { type: 'array' };
const OBJECT: JsonSchema = { type: 'object' };
const POSITIVE: JsonSchema = { type: 'integer', minimum: 1 };
const TIME: JsonSchema = { type: 'string', pattern: '^([01]?\\d|2[0-3]):[0-5]\\d$' };
const oneOf = (...values: (string | null)[]): JsonSchema => ({ enum: values });
const either = (...anyOf: JsonSchema[]): JsonSchema => ({ anyOf });
const NULL = oneOf(null);
const record = (values: JsonSchema): JsonSchema => ({ type: 'object', additionalProperties: values });
const object = (properties: Record<string, JsonSchema>, required?: string[]): JsonSchema => ({
  type: 'object',
  properties,
  required,
});
const each = (schema: JsonSchema, names: string): Record<string, JsonSchema> =>
  Object.fromEntries(names.split(/\s+/).map((name) => [name, schema]));
const command = object({ type: oneOf('command'), command: TEXT }, ['type', 'command']);

/** The versions that the values were tried on. */
const TRIED = ['2.1.163', '2.1.197', NEWEST_TRIED] as const;
type Tried = (typeof TRIED)[number];

const FLAGS = `agentPushNotifEnabled allowAllClaudeAiMcps alwaysThinkingEnabled autoCompactEnabled autoDreamEnabled
  autoMemoryEnabled autoScrollEnabled awaySummaryEnabled disableAllHooks doneMeansMerged fastMode
  forceRemoteSettingsRefresh includeCoAuthoredBy includeGitInstructions inputNeededNotifEnabled prefersReducedMotion
  promptSuggestionEnabled respectGitignore showClearContextOnPlanAccept showMessageTimestamps showThinkingSummaries
  showTurnDuration spinnerTipsEnabled switchModelsOnFlag syntaxHighlightingDisabled terminalProgressBarEnabled
  terminalTitleFromRename todoFeatureEnabled verbose voiceEnabled workflowKeywordTriggerEnabled
  wslInheritsWindowsSettings`;
/** Newer versions read over their `null`. */
const SWITCHES = `allowManagedHooksOnly allowManagedMcpServersOnly allowManagedPermissionRulesOnly autoUploadSessions
  channelsEnabled disableAgentView disableRemoteControl disableSkillShellExecution disableWorkflows
  enableAllProjectMcpServers enableWorkflows fastModePerSessionOptIn fileCheckpointingEnabled isolatePeerMachines
  remoteControlAtStartup skipAutoPermissionPrompt skipDangerousModePermissionPrompt skipWebFetchPreflight
  skipWorkflowUsageWarning useAutoModeDuringPlan`;
const NEWER_SWITCHES = `disableArtifact disableBundledSkills disableClaudeAiConnectors disableSideloadFlags enableArtifact
  enforceAvailableModels`;
const TEXT_SETTINGS = `advisorModel agent apiKeyHelper autoMemoryDirectory awsAuthRefresh awsCredentialExport claudeMd
  gcpAuthRefresh language minimumVersion model otelHeadersHelper outputStyle plansDirectory pluginTrustMessage
  prUrlTemplate proxyAuthHelper requiredMaximumVersion requiredMinimumVersion`;
const MODES = ['acceptEdits', 'auto', 'bypassPermissions', 'default', 'dontAsk', 'plan'];

const permissions = (more: Record<string, JsonSchema>, ...modes: string[]): JsonSchema =>
  object({
    // an entry that is no rule costs only itself
    ...each(LIST, 'allow deny ask'),
    additionalDirectories: TEXTS,
    defaultMode: oneOf(...MODES, ...modes),
    ...each(oneOf('disable'), 'disableBypassPermissionsMode disableAutoMode'),
    ...more,
  });
const autoMode = (more: Record<string, JsonSchema>): JsonSchema =>
  object({ ...each(TEXTS, 'allow soft_deny hard_deny environment'), ...more });
const attribution = { commit: TEXT, pr: TEXT };
const network = {
  ...each(TEXTS, 'allowedDomains deniedDomains allowUnixSockets allowMachLookup'),
  ...each(FLAG, 'allowManagedDomainsOnly allowAllUnixSockets allowLocalBinding'),
  ...each(NUMBER, 'httpProxyPort socksProxyPort'),
  tlsTerminate: OBJECT,
};
const filesystem = {
  ...each(TEXTS, 'allowWrite denyWrite denyRead allowRead'),
  allowManagedReadPathsOnly: FLAG,
};
const sandbox = {
  ...each(FLAG, 'enabled failIfUnavailable autoAllowBashIfSandboxed allowUnsandboxedCommands'),
  ...each(FLAG, 'enableWeakerNestedSandbox enableWeakerNetworkIsolation'),
  excludedCommands: TEXTS,
  ignoreViolations: record(TEXTS),
  ripgrep: object({ command: TEXT, args: TEXTS }, ['command']),
  network: object(network),
  filesystem: object(filesystem),
};
const SOURCES = [
  'url',
  'github',
  'git',
  'npm',
  'file',
  'directory',
  'skills-dir',
  'hostPattern',
  'pathPattern',
  'settings',
];
const source = object({ source: oneOf(...SOURCES) }, ['source']);
const marketplace = object({ source, installLocation: TEXT, autoUpdate: FLAG }, ['source']);
const sources = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
/** Newer versions pass over a marketplace that has another shape, but for its kind of source. */
const ifObject = (schema: JsonSchema): JsonSchema => either(NULL, FLAG, NUMBER, TEXT, LIST, schema);
const mildSource = ifObject(object({ source: either(NULL, FLAG, NUMBER, LIST, OBJECT, oneOf(...SOURCES)) }));
const pluginValue = either(TEXT, NUMBER, FLAG, TEXTS);

/** The same in all of TRIED. */
const ALWAYS = {
  ...each(FLAG, FLAGS),
  ...each(TEXT, TEXT_SETTINGS),
  ...each(TEXTS, 'allowedHttpHookUrls availableModels claudeMdExcludes companyAnnouncements httpHookAllowedEnvVars'),
  pluginSuggestionMarketplaces: TEXTS,
  ...each(POSITIVE, 'cleanupPeriodDays skillListingMaxDescChars'),
  env: OBJECT,
  breakReminder: object({ enabled: FLAG, ...each(POSITIVE, 'intervalMinutes breakThresholdMinutes'), message: TEXT }),
  quietHours: object({ enabled: FLAG, start: TIME, end: TIME }),
  remote: object({ defaultEnvironmentId: TEXT }),
  voice: object({ enabled: FLAG, mode: oneOf('hold', 'tap'), autoSubmit: FLAG }),
  worktree: object({ symlinkDirectories: TEXTS, sparsePaths: TEXTS, baseRef: oneOf('fresh', 'head') }),
  modelOverrides: record(TEXT),
  skillOverrides: record(oneOf('on', 'name-only', 'user-invocable-only', 'off')),
  enabledPlugins: record(either(TEXTS, FLAG)),
  pluginConfigs: record(object({ mcpServers: record(record(pluginValue)), options: record(pluginValue) })),
  allowedChannelPlugins: {
    type: 'array',
    items: object({ marketplace: TEXT, plugin: TEXT }, ['marketplace', 'plugin']),
  },
  sshConfigs: {
    type: 'array',
    items: object({ ...each(TEXT, 'id name sshHost sshIdentityFile startDirectory'), sshPort: { type: 'integer' } }, [
      'id',
      'name',
      'sshHost',
    ]),
  },
  fileSuggestion: command,
  statusLine: object({ ...command.properties, padding: NUMBER, hideVimModeIndicator: FLAG }, command.required),
  spinnerVerbs: object({ mode: oneOf('append', 'replace'), verbs: TEXTS }, ['mode', 'verbs']),
  forceLoginOrgUUID: either(TEXT, TEXTS),
  feedbackSurveyRate: { type: 'number', minimum: 0, maximum: 1 },
  skillListingBudgetFraction: { type: 'number', minimum: Number.MIN_VALUE, maximum: 1 },
  autoUpdatesChannel: oneOf('latest', 'stable', 'rc'),
  daemonColdStart: oneOf('transient', 'ask'),
  defaultShell: oneOf('bash', 'powershell'),
  defaultView: oneOf('chat', 'transcript'),
  parentSettingsBehavior: oneOf('first-wins', 'merge'),
  tui: oneOf('default', 'fullscreen'),
} satisfies Record<string, JsonSchema>;

/** What the newest of TRIED judges more mildly. */
const FORMERLY = {
  ...each(FLAG, SWITCHES),
  ...each(TEXTS, 'enabledMcpjsonServers disabledMcpjsonServers'),
  ...each(sources(source), 'blockedMarketplaces strictKnownMarketplaces'),
  ...each(oneOf('disable'), 'disableAutoMode disableDeepLinkRegistration'),
  permissions: permissions({}),
  autoMode: autoMode({}),
  policyHelper: object({ path: TEXT }, ['path']),
  spinnerTipsOverride: object({ excludeDefault: FLAG, tips: TEXTS }, ['tips']),
  subagentStatusLine: command,
  extraKnownMarketplaces: record(marketplace),
} satisfies Record<string, JsonSchema>;

/** What the second of TRIED knows beside that. */
const LATER = {
  ...each(FLAG, NEWER_SWITCHES),
  ...each(FLAG, 'axScreenReader precomputeCompactionEnabled respondToBashCommands wheelScrollAccelerationEnabled'),
  fallbackModel: TEXTS,
  totalTokensReminder: oneOf('off', 'infinite', 'fixed', 'countdown', 'padded-countdown'),
  totalTokensReminderBudget: POSITIVE,
} satisfies Record<string, JsonSchema>;
const laterSandbox = { ...sandbox, allowAppleEvents: FLAG, credentials: OBJECT };
const laterAttribution = object({ ...attribution, sessionUrl: FLAG });

const NEWEST_FLAGS = `allowClaudeInChromeWithManagedMcp allowNestedModelAccessUnderForceLogin bashEditDiffEnabled
  clawdFileProgressEnabled disableReplyCheck emojiCompletionEnabled idleCompaction totalTokensReminderAfterUserTurn`;
const NEWEST_SWITCHES = `autoContinueAtUsageLimit disableCommandPluginSources disableWindowsBashCommandSplit
  responseComparisonEnabled syncClaudeAiPlugins syncClaudeAiSkills`;
const NEWEST_TEXTS = `attributionProject downloadsMirrorUrl modelCatalogPublicKey modelCatalogUrl processWrapper timeFormat
  timeZone`;
const PERMISSION_FLAGS = `blockReadsOutsideWorkingDirectories blockFileToolReadsOutsideWorkingDirectories
  blockWritesOutsideWorkingDirectories denyInsteadOfPrompting`;

const SCHEMAS: Record<Tried, JsonSchema> = {
  '2.1.163': object({
    ...ALWAYS,
    ...FORMERLY,
    $schema: oneOf('https://json.schemastore.org/claude-code-settings.json'),
    sandbox: object(sandbox),
    attribution: object(attribution),
  }),
  '2.1.197': object({
    ...ALWAYS,
    ...FORMERLY,
    ...LATER,
    $schema: TEXT,
    sandbox: object(laterSandbox),
    attribution: laterAttribution,
  }),
  [NEWEST_TRIED]: object({
    ...ALWAYS,
    ...LATER,
    $schema: TEXT,
    ...each(FLAG, NEWEST_FLAGS),
    ...each(either(FLAG, NULL), `${SWITCHES} ${NEWER_SWITCHES} ${NEWEST_SWITCHES}`),
    ...each(TEXT, NEWEST_TEXTS),
    ...each(either(TEXTS, TEXT), 'enabledMcpjsonServers disabledMcpjsonServers'),
    ...each(either(sources(OBJECT), NULL), 'blockedMarketplaces strictKnownMarketplaces'),
    ...each(oneOf('disable', null), 'disableAutoMode disableDeepLinkRegistration'),
    permissions: permissions(each(FLAG, PERMISSION_FLAGS), 'manual'),
    autoMode: autoMode({ classifyAllShell: FLAG }),
    sandbox: object({
      ...laterSandbox,
      allowNestedUserNamespaces: FLAG,
      network: object({ ...network, strictAllowlist: FLAG }),
      filesystem: object({ ...filesystem, disabled: FLAG }),
      windows: object({ backend: oneOf('sandboxuser', 'mxc') }),
    }),
    attribution: either(FLAG, laterAttribution),
    extraKnownMarketplaces: ifObject(record(ifObject(object({ source: mildSource })))),
    desktopSessionCleanupPeriodDays: { type: 'integer', minimum: 0 },
    feedbackDrafts: oneOf('notify', 'quiet', 'off', null),
    managedSourcesBehavior: oneOf('first-wins', 'merge'),
    workflowSizeGuideline: oneOf('unrestricted', 'small', 'medium', 'large'),
    remoteTools: object({ allowUnattendedServing: FLAG }),
  }),
};

export interface RefusedSetting {
  /** The path of the setting, as a person writes it. */
  setting: string;
  /** False where the version lies between one that ignores the file for it, and one that reads it, or is not known. */
  certain: boolean;
}

/** The first setting whose value costs the whole file; undefined if that version of Claude Code takes them all. */
export function refusedSetting(settings: unknown, version: string | undefined): RefusedSetting | undefined {
  const [older, newer] = neighboursOf(version).map((tried) => refusedBy(SCHEMAS[tried], settings));
  const setting = older ?? newer;
  return setting === undefined ? undefined : { setting, certain: older !== undefined && newer !== undefined };
}

const refusedBy = (schema: JsonSchema, settings: unknown): string | undefined =>
  accepts(schema, settings) ? undefined : firstError(schema, settings).join('.');

/** The versions of TRIED between which a version lies: twice the same one if it is tried, older, or newer than all. */
function neighboursOf(version: string | undefined): [Tried, Tried] {
  const [oldest, , newest] = TRIED;
  if (version === undefined) return [oldest, newest];
  const older = TRIED.findLast((tried) => !isOlder(version, tried));
  const newer = TRIED.find((tried) => !isOlder(tried, version));
  return [older ?? newer ?? oldest, newer ?? older ?? newest];
}
