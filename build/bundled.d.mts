/** A package of which something is in the shipped programs. */
export interface BundledPackage {
  folder: string;
  version: string;
  license: string;
  bytes: Map<string, number>;
  imports: Set<string>;
}

export const ICONS: string;
export function bundledPackages(metafiles: unknown[]): Map<string, BundledPackage>;
