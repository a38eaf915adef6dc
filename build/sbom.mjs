// What the package is made of, as a CycloneDX bill of materials (https://cyclonedx.org/docs/1.6/json/): without a date or a
// serial number, so that the same source gives the same bytes.

/**
 * @param {{ name: string, version: string, license: string }} product
 * @param {{ name: string, version: string, license: string }[]} parts
 * @param {(name: string) => string | undefined} integrityOf the checksum of a part in package-lock.json
 */
export function billOfMaterials(product, parts, integrityOf) {
  const component = ({ name, version, license }, type) => ({
    type,
    'bom-ref': purl(name, version),
    name,
    version,
    licenses: [{ license: { id: license } }],
    purl: purl(name, version),
    ...hashes(integrityOf(name)),
  });
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: component(product, 'application') },
    components: parts.map((part) => component(part, 'library')),
    dependencies: [
      { ref: purl(product.name, product.version), dependsOn: parts.map(({ name, version }) => purl(name, version)) },
    ],
  };
}

const purl = (name, version) => `pkg:npm/${name.replace('@', '%40')}@${version}`;

/** `sha512-BASE64` of npm as CycloneDX has it. */
function hashes(integrity) {
  const [, base64] = /^sha512-(\S+)$/.exec(integrity ?? '') ?? [];
  return base64 === undefined
    ? {}
    : { hashes: [{ alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }] };
}
