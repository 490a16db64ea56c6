// The test file of Terraform that applies an environment with distinct identifiers.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import { attributesIn, blocksIn, headOf, parse, valueOf, type Node } from "../terraform-mutations/hcl.ts";
import type { Resource } from "./system.ts";

export type Environment = "production" | "staging";
export const environments: Environment[] = ["production", "staging"];

export const certificate = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000";

/** What the variables of an environment are given, so that nothing optional is left out. */
const variables = `variables {
  github          = { repository = "rainbow-seeker/deploy-toolkit", repository_id = 456789, repository_owner_id = 123456 }
  certificate_arn = "${certificate}"
  bucket_suffix   = "-acme"
  alert_emails    = ["oncall@example.com"]
}
`;

/**
 * @param resources of an earlier run, whose identifiers are made to differ: a mock gives all resources of a type the
 *   same, where these must have the form of an ARN
 */
export function systemTest(resources: readonly Resource[] = []): string {
  // The only file that mocks whatever an environment consists of.
  const path = join(root, "infra/environments/production/tests/policies.tftest.hcl");
  const mocks = blocksIn(parse(readFileSync(path, "utf8"), path)).find((block) => headOf(block)[0] === "mock_provider");
  if (!mocks) throw new Error(`${path} mocks no provider.`);
  const mocked = identifiersIn(mocks);
  const overrides = resources.flatMap(({ address, mode, type }) => {
    if (mode === "data")
      return type === "aws_iam_policy_document"
        ? [
            `override_data {\n  target = ${address}\n  values = { json = ${JSON.stringify(JSON.stringify({ document: address }))} }\n}\n`,
          ]
        : [];
    const own = Object.entries(mocked.get(type) ?? {}).map(
      ([name, value]) => `${name} = "${ownValue(value, address)}"`,
    );
    return own.length === 0
      ? []
      : [`override_resource {\n  target = ${address}\n  values = { ${own.join(", ")} }\n}\n`];
  });
  return `${mocks.text}\n\n${overrides.join("\n")}\n${variables}\nrun "system" {\n  command = apply\n}\n`;
}

/** The `arn` and `id` that the mocked provider gives all resources of a type. */
function identifiersIn(mocks: Node): Map<string, Record<string, string>> {
  return new Map(
    blocksIn(mocks).flatMap((block): [string, Record<string, string>][] => {
      const [kind, type = ""] = headOf(block);
      if (kind !== "mock_resource") return [];
      const defaults = valueOf(attributesIn(block).get("defaults") as Node).text;
      return [
        [
          type,
          Object.fromEntries(
            [...defaults.matchAll(/\b(arn|id)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, value]),
          ),
        ],
      ];
    }),
  );
}

/** The same form, for this resource alone: its address in an ARN, its digest in an ID. */
const ownValue = (value: string, address: string): string =>
  value
    .replace("mocked", address.replaceAll(/[^A-Za-z0-9]+/g, "-"))
    .replace(/(?<=^[a-z]+-)[0-9a-f]{17}$/, createHash("sha256").update(address).digest("hex").slice(0, 17));
