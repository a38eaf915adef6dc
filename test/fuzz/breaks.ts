/** A place that is broken on purpose: what fuzzing is worth is whether it finds such a thing. */
interface Break {
  file: string;
  /** A text that the file has once. */
  from: string;
  to: string;
}

/** For each target something that goes wrong for some inputs only. */
export const BREAKS: Readonly<Record<string, Break>> = {
  lines: { file: 'src/core/log/lineReader.ts', from: 'start = end + 1;', to: 'start = end;' },
  events: {
    file: 'src/protocol/compileValidator.ts',
    from: 'Number.isFinite(value) && value >= minimum',
    to: 'Number.isFinite(value) && value > minimum',
  },
  fold: {
    file: 'src/core/fold/stateCodec.ts',
    from: 'for (const each of state.checkpoints.values()) each.arrived = new Map(each.arrived);',
    to: '',
  },
  blocks: {
    file: 'src/core/policy/activeBlocks.ts',
    from: 'if (block.event !== event || !isActive(block, now)) return false;',
    to: 'if (block.event !== event || !isActive(block, now) || state.checkpoints.size > 1) return false;',
  },
  timeline: {
    file: 'src/core/history/timeline/lane.ts',
    from: 'current.to = ts;',
    to: 'current.to = ts + 1000;',
  },
  payload: {
    file: 'hooks/readPayload.ts',
    from: "if (!isRecord(value)) return { problem: 'was not an object' };",
    to: '',
  },
  hooks: {
    file: 'src/core/policy/activeBlocks.ts',
    from: 'return call === undefined || matches(block.match, call, root);',
    to: 'return call === undefined || (matches(block.match, call, root) && Object.keys(call.input).length < 3);',
  },
  rules: {
    file: 'src/core/plans/rules/rules.ts',
    from: 'message: ellipsize(message, MAX_PROBLEM_CHARS) }],',
    to: 'message }],',
  },
  jsonc: { file: 'src/core/base/jsonc.ts', from: 'position = to;', to: 'position = to + 1;' },
  settings: {
    file: 'src/core/install/settings/settingsEdit.ts',
    from: "text.startsWith('\\uFEFF') ? ['\\uFEFF', text.slice(1)] : ['', text];",
    to: "text.startsWith('\\uFEFF') ? ['\\uFEFF', text.slice(1).trim()] : ['', text];",
  },
  commandLine: {
    file: 'src/cli/parse.ts',
    from: 'argv.slice(separator + 1);',
    to: "argv.slice(argv.lastIndexOf('--') + 1);",
  },
  flags: { file: 'src/core/session/flags.ts', from: 'B[1-9][0-9]{0,8}', to: 'B[1-9][0-9]{0,0}' },
  messages: {
    file: 'src/protocol/parseMessages.ts',
    from: 'isFromPanel(value) ?',
    to: 'isFromPanel(value) || Array.isArray(value) ?',
  },
  transcripts: {
    file: 'src/core/claude/transcript/steps.ts',
    from: 'latest.steps.splice(0, latest.steps.length - MAX_STEPS);',
    to: '',
  },
  glob: {
    file: 'src/core/policy/match/glob.ts',
    from: '(item === ANY && (code !== SLASH || crossesSegments))',
    to: 'item === ANY',
  },
  shell: {
    file: 'src/core/policy/shell/exemptCommand.ts',
    from: 'if (verb === undefined || !VERBS.includes(verb.source)) return false;',
    to: 'if (verb === undefined) return false;',
  },
  snapshot: {
    file: 'src/core/session/snapshot.ts',
    from: 'if (stateSum !== checksum(position, encoded)) return undefined;',
    to: '',
  },
  formats: {
    file: 'src/protocol/dropInvalid.ts',
    from: 'return accepts(schema, value) ? dropped : undefined;',
    to: 'return dropped;',
  },
  machines: {
    file: 'src/core/machines/admit.ts',
    from: 'const foreign = actors.find((name) => !isOwn(name)',
    to: "const foreign = actors.find((name) => t !== 'unblock' && !isOwn(name)",
  },
  texts: { file: 'src/protocol/hiddenText.ts', from: '\\\\p{Cs}\\\\p{Zl}', to: '\\\\p{Cs}' },
};
