// Provenance and SBOM: inputs of their own, or entries of `attests`, as in docker/build-push-action.
import type { InputReader } from "../../shared/src/inputs.ts";

export interface Attestations {
  /** As in buildx: true, false, mode=max, … */
  provenance: string;
  sbom: string;
}

export function readAttestations(read: InputReader): Attestations {
  const listed = new Map<string, string>();
  for (const entry of read.lines("attests")) {
    const fields = entry.split(",").map((field) => field.trim());
    const type = fields.find((field) => field.startsWith("type="))?.slice("type=".length);
    const rest = fields.filter((field) => !field.startsWith("type="));
    if (type !== "provenance" && type !== "sbom")
      read.problem(`attests: "${entry}" must start with type=provenance or type=sbom, the kinds that BuildKit makes`);
    else listed.set(type, rest.includes("disabled=true") ? "false" : rest.join(",") || "true");
  }
  return {
    provenance: read.optional("provenance") ?? listed.get("provenance") ?? "false",
    sbom: read.optional("sbom") ?? listed.get("sbom") ?? "false",
  };
}

/**
 * What of the attestations is content: an image without them is no substitute for one with them. `builder-id` is not:
 * it is the URL of a run.
 */
export function attestationContent({ provenance, sbom }: Attestations): string[] {
  const withoutRun = (value: string) =>
    value
      .split(",")
      .filter((field) => !field.trim().startsWith("builder-id="))
      .join(",") || "true";
  return [`provenance ${withoutRun(provenance)}`, `sbom ${sbom}`].filter((part) => !part.endsWith(" false"));
}
