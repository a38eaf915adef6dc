/** Why the server cannot be reached, as a sentence for the person; `server` is its URL. */
export function connectionProblem(error: unknown, server: string): string {
  const { code, text } = describe(error);
  if (/ECONNREFUSED|connection refused/i.test(code + text))
    return `nobody answers at ${server}: is nats-server running?`;
  if (/ENOTFOUND|EAI_AGAIN/.test(code))
    return `the host of ${server} is not known: is the name right, and is there a network?`;
  if (/EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/.test(code)) return `${server} cannot be reached: is there a network?`;
  if (/expired/i.test(text) && /authentication|user/i.test(text))
    return `the credentials for ${server} have expired: get new ones (fermata.machines.creds)`;
  if (/authorization|authentication|nonce|signature/i.test(text))
    return `${server} does not accept this machine's credentials (fermata.machines.creds)`;
  if (code === 'CERT_HAS_EXPIRED') return `the certificate of ${server} has expired: its operator must renew it`;
  if (code === 'CERT_NOT_YET_VALID')
    return `the certificate of ${server} is not valid yet: is this machine's clock right?`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `the certificate of ${server} is of another host`;
  if (/SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_/.test(code))
    return `the certificate of ${server} is signed by nobody whom this machine trusts: name the authority in fermata.machines.ca`;
  if (/is not available on this server|does not support 'tls'/.test(text))
    return `${server} offers no encryption: is it the right server?`;
  if (/^EPROTO|^ERR_SSL|wrong version number/i.test(code + text))
    return `${server} does not speak TLS as a NATS server does`;
  if (/unexpected response|JSON|INFO/.test(text)) return `what answers at ${server} is another program, no NATS server`;
  if (/undefined error|timeout/i.test(text) || text === '')
    return `what listens at ${server} does not answer as a NATS server does: is it another program, or a full one?`;
  return `${server} cannot be used: ${text}`;
}

/** Why the stream cannot be used, as a sentence for the person. */
export function streamProblem(error: unknown, server: string): string {
  const { text } = describe(error);
  if (/no responders|503|not enabled/i.test(text))
    return `the server at ${server} has no JetStream for this account: start it with -js, or use "fermata machines serve"`;
  if (/permissions? violation/i.test(text))
    return `the server at ${server} does not let this machine take part: are its credentials for another name than fermata.machines.name, or for another space? (${text})`;
  // a server on a full disk may answer nothing more about its stream, and goes on only once it has been started again
  if (/timeout|does not answer/i.test(text))
    return `the stream at ${server} does not answer: is the server's disk full? It has to be restarted once there is room`;
  if (/resource|storage|insufficient|no space left/i.test(text))
    return `the server at ${server} has no room for the stream: ${text}`;
  return `the stream at ${server} cannot be used: ${text}`;
}

/** The code and the text of an error with all of its causes. */
function describe(error: unknown): { code: string; text: string } {
  let [code, text] = ['', ''];
  for (let at = error; at instanceof Error; at = at.cause) {
    code ||= (at as NodeJS.ErrnoException).code?.toString() ?? '';
    if (!text.includes(at.message)) text = text === '' ? at.message : `${text}: ${at.message}`;
  }
  return { code, text: text.slice(0, 300) };
}
