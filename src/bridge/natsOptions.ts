import {
  credsAuthenticator,
  nkeyAuthenticator,
  type NodeConnectionOptions,
  type TlsOptions,
} from '@nats-io/transport-node';
import type { Connection } from '#core/machines/connection.ts';

const CONNECT_MS = 5000;
const PING_MS = 5000;

/** How to connect to one of the servers of a connection. */
export function connectionOptions(
  { encrypted, ca, credentials, name }: Connection,
  server: string,
): NodeConnectionOptions {
  return {
    servers: [server],
    name: `fermata ${name}`,
    // a machine may listen to answers of its own alone
    inboxPrefix: `_INBOX_${name}`,
    // where it is given, a server without TLS is refused; a loopback tunnel may lead to one with it
    ...((encrypted || ca !== undefined) && { tls: tlsOptions(server, ca) }),
    ...authentication(credentials),
    // the link connects again by itself
    reconnect: false,
    ignoreClusterUpdates: true,
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}

/** The library names no host where it is an address, and Node then compares the certificate with `localhost`. */
const tlsOptions = (server: string, ca: string | undefined): TlsOptions & { host: string } => ({
  host: new URL(server).hostname.replaceAll(/[[\]]/g, ''),
  ...(ca !== undefined && { ca }),
});

function authentication(credentials: Connection['credentials']): NodeConnectionOptions {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  switch (credentials?.kind) {
    case undefined:
      return {};
    case 'creds':
      return { authenticator: credsAuthenticator(encode(credentials.text)) };
    case 'nkey':
      return { authenticator: nkeyAuthenticator(encode(credentials.seed)) };
    case 'password':
      return { user: credentials.user, pass: credentials.password };
    case 'token':
      return { token: credentials.token };
  }
}
