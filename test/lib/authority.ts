import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempDir } from './tempDir.ts';

/** Whether certificates can be made on this machine. */
export const hasOpenssl = (() => {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
})();

/** An authority that signs the certificates of servers, in a folder of its own. */
export class Authority {
  readonly #dir = tempDir('fermata-authority-');
  /** Its own certificate, as PEM. */
  readonly ca = join(this.#dir, 'ca.pem');
  #made = 0;

  constructor() {
    const own = ['-subj', '/CN=authority', '-days', '9'];
    this.#openssl('req', '-x509', ...NEW_KEY, '-keyout', 'ca.key', '-out', 'ca.pem', ...own);
  }

  /**
   * What the configuration of a nats-server has to say to use a certificate of this authority.
   * @param subject of whom it is: `IP:127.0.0.1`, `DNS:example.org`
   * @param days how long it is valid; one of -1 has expired
   */
  serverConfig(subject = 'IP:127.0.0.1', days = 9): string {
    const name = `server${this.#made++}`;
    this.#openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', '/CN=test');
    writeFileSync(join(this.#dir, `${name}.ext`), `subjectAltName=${subject}\n`);
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`];
    this.#openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...by, '-days', String(days));
    return `tls { cert_file: "${join(this.#dir, name)}.pem", key_file: "${join(this.#dir, name)}.key" }`;
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.#dir, stdio: 'pipe' });
  }
}

const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes'] as const;
