import { streamName } from './subjects.ts';

/** A machine that may use the server, with its password. */
export interface ServedMachine {
  name: string;
  password: string;
}

interface ServerConfig {
  port: number;
  space: string;
  /** The folder in which the server keeps the stream. */
  store: string;
  machines: readonly ServedMachine[];
}

/**
 * The configuration of a nats-server for one space, which listens on this machine alone. What each machine may publish and
 * read is what docs/machines.md lists: it speaks in its own name only, and reads logs, but not what others send to a seat. Pure.
 */
export function serverConfig({ port, space, store, machines }: ServerConfig): string {
  return [
    '# Made by "fermata machines serve", which keeps the passwords of the machines that are here.',
    `listen: 127.0.0.1:${port}`,
    'max_payload: 1MB',
    `jetstream { store_dir: ${JSON.stringify(store)}, max_mem: 64MB, max_file: 2GB }`,
    'authorization {',
    '  timeout: 5',
    '  users: [',
    ...machines.map((machine) => userText(space, machine)),
    '  ]',
    '}',
    '',
  ].join('\n');
}

function userText(space: string, { name, password }: ServedMachine): string {
  const { publish, subscribe } = permissions(space, name);
  const list = (subjects: string[]): string => `[${subjects.map((each) => JSON.stringify(each)).join(', ')}]`;
  return [
    `    { user: ${JSON.stringify(name)}, password: ${JSON.stringify(password)}, permissions: {`,
    `      publish: ${list(publish)}`,
    `      subscribe: ${list(subscribe)}`,
    '    } }',
  ].join('\n');
}

/** What one machine may publish, and what it may listen to. Pure. */
function permissions(space: string, name: string): { publish: string[]; subscribe: string[] } {
  const [root, stream] = [`fermata.${space}`, streamName(space)];
  const own = [`up.*.*.${name}`, `out.*.*.${name}`];
  const consumed = ['log.>', `up.${name}.>`, `out.${name}.>`];
  return {
    publish: [
      ...[
        `log.${name}.>`,
        `nack.${name}.>`,
        `get.${name}.>`,
        ...own,
        `piece.*.*.${name}`,
        'ask.*.*',
        `nudge.*.*.${name}`,
        `here.${name}`,
        'who',
      ].map((each) => `${root}.${each}`),
      `$JS.API.STREAM.INFO.${stream}`,
      `$JS.API.STREAM.CREATE.${stream}`,
      ...['MSG.NEXT', 'INFO', 'DELETE'].map((call) => `$JS.API.CONSUMER.${call}.${stream}.*`),
      ...consumed.map((each) => `$JS.API.CONSUMER.CREATE.${stream}.*.${root}.${each}`),
      ...[...consumed, ...own].map((each) => `$JS.API.DIRECT.GET.${stream}.${root}.${each}`),
    ],
    subscribe: [
      `_INBOX_${name}.>`,
      ...[
        ...consumed,
        ...['ask', 'nudge', 'piece'].map((kind) => `${kind}.${name}.>`),
        ...['nack', 'get'].map((kind) => `${kind}.*.*.${name}`),
        'here.*',
        'who',
      ].map((each) => `${root}.${each}`),
    ],
  };
}
