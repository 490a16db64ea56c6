// The bill of materials of the bundles: what npm says of the packages that are in them, and the same for everybody who
// builds the same commit.
import { createHash } from "node:crypto";

export interface Component {
  "bom-ref": string;
  name: string;
  version: string;
}

/** CycloneDX as `npm sbom` writes it. */
export interface Sbom {
  serialNumber: string;
  metadata: {
    timestamp: string;
    lifecycles?: object[];
    tools: { version?: string | undefined }[];
    component: Component;
  };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

export interface Source {
  repository: string;
  commit: string;
  /** ISO 8601, of the commit. */
  date: string;
}

/**
 * @param licenses the licenses.txt of every bundle
 * @throws Error if a bundle has a package that npm does not list: then package-lock.json is not what it was built from
 */
export function sbomOfBundles(all: Sbom, licenses: string[], source: Source): Sbom {
  const bundled = new Set(licenses.flatMap(packagesIn));
  const components = all.components.filter((one) => bundled.has(one["bom-ref"]));
  const missing = [...bundled].filter((name) => !components.some((one) => one["bom-ref"] === name));
  if (missing.length > 0) throw new Error(`The bundles have packages that npm does not list: ${missing.join(", ")}`);
  const root = all.metadata.component["bom-ref"];
  const isKept = (ref: string) => ref === root || bundled.has(ref);
  return {
    ...all,
    serialNumber: `urn:uuid:${uuidOf(`${source.repository}@${source.commit}`)}`,
    metadata: {
      ...all.metadata,
      timestamp: source.date,
      // Its version is that of the machine.
      tools: all.metadata.tools.map((tool) => ({ ...tool, version: undefined })),
      // npm takes the name of the folder.
      component: { ...all.metadata.component, name: source.repository.split("/").at(-1) ?? "" },
    },
    components,
    dependencies: all.dependencies
      .filter(({ ref }) => isKept(ref))
      .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(isKept) })),
  };
}

/** "name@version" of each entry: a line with both, after an empty line, and its licence below. */
export const packagesIn = (text: string): string[] =>
  [...`\n\n${text}`.matchAll(/\n\n((?:@[\w.-]+\/)?[\w.-]+) (\d+\.\d+\.\d+[\w.+-]*)\n/g)].map(
    ([, name = "", version = ""]) => `${name}@${version}`,
  );

/** A UUID (version 8, RFC 9562) of a text, so that a commit has the same one everywhere. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((parseInt(hex[16] ?? "0", 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join("-");
}
