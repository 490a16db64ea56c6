// The test file of Terraform that applies an environment with distinct identifiers.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";
import {
  attributesIn,
  blocksIn,
  descend,
  elementOf,
  headOf,
  parse,
  valueOf,
  type Node,
} from "../terraform-mutations/hcl.ts";
import type { Resource } from "./system.ts";

export type Environment = "production" | "staging";
export const environments: Environment[] = ["production", "staging"];

export const certificate = "arn:aws:acm:ap-northeast-1:123456789012:certificate/00000000-0000-0000-0000-000000000000";

/** Folder below an environment, for a module without resources and with the same providers. */
export const nothing = "nothing";

export type Pinned = ReadonlyMap<string, Record<string, unknown>>;

/** What is given beyond what the variables require, so that nothing optional is left out. */
const more = {
  github: '{ repository = "rainbow-seeker/deploy-toolkit", repository_id = 456789, repository_owner_id = 123456 }',
  certificate_arn: JSON.stringify(certificate),
  bucket_suffix: '"-acme"',
  alert_emails: '["oncall@example.com"]',
};

/**
 * @param resources of an earlier run, whose identifiers are made to differ: a mock gives all resources of a type the
 *   same, where these must have the form of an ARN
 * @param pinned computed attributes by address, which a mock would fill with other texts in each run
 */
export function systemTest(resources: readonly Resource[] = [], pinned: Pinned = new Map()): string {
  // The only file that mocks whatever an environment consists of.
  const path = join(root, "infra/environments/production/tests/policies.tftest.hcl");
  const blocks = blocksIn(parse(readFileSync(path, "utf8"), path));
  const mocks = blocks.filter((block) => headOf(block)[0] === "mock_provider");
  const given = blocks.filter((block) => headOf(block)[0] === "variables").flatMap((block) => [...attributesIn(block)]);
  const variables = {
    ...Object.fromEntries(given.map(([name, attribute]) => [name, valueOf(attribute).text])),
    ...more,
  };
  const mocked = new Map(mocks.flatMap(identifiersIn));
  const overrides = resources.flatMap(({ address, mode, type }) => {
    const values = Object.entries(pinned.get(address) ?? {}).map(([name, value]) => [name, hcl(value)]);
    if (mode === "managed")
      for (const [name, value] of mocked.get(type) ?? []) values.push([name, ownValue(value, address)]);
    if (type === "aws_iam_policy_document")
      values.push(["json", JSON.stringify(JSON.stringify({ document: address }))]);
    if (values.length === 0) return [];
    const text = [...new Map(values as [string, string][])].map(([name, value]) => `${name} = ${value}`).join(", ");
    return `override_${mode === "data" ? "data" : "resource"} {\n  target = ${address}\n  values = { ${text} }\n}\n`;
  });
  return [
    ...mocks.map(({ text }) => text),
    ...overrides,
    `variables {`,
    ...Object.entries(variables).map(([name, value]) => `  ${name} = ${value}`),
    `}`,
    `run "system" {\n  command = apply\n  state_key = "system"\n}`,
    // Leaves nothing to destroy, which would take a third of the time: for that Terraform evaluates the whole configuration
    // again. An apply of nothing has no configuration to evaluate.
    `run "nothing" {\n  command = apply\n  state_key = "system"\n  module {\n    source = "./${nothing}"\n  }\n}`,
    "",
  ].join("\n");
}

/** JSON, in which a template does not begin. */
const hcl = (value: unknown): string => JSON.stringify(value).replaceAll(/[$%](?=\{)/g, "$&$&");

/** What a mocked provider gives all resources of a type, as HCL, where that includes an ARN or an ID. */
function identifiersIn(mocks: Node): [string, [name: string, value: string][]][] {
  return blocksIn(mocks).flatMap((block): [string, [string, string][]][] => {
    const [kind, type = ""] = headOf(block);
    const elements = [...descend(valueOf(attributesIn(block).get("defaults") as Node))]
      .filter((node) => node.type === "object_elem")
      .map(elementOf);
    const defaults = elements.map(({ key, value }): [string, string] => [key.text, value.text]);
    const hasIdentifier = defaults.some(([name]) => name === "arn" || name === "id");
    return kind === "mock_resource" && hasIdentifier ? [[type, defaults]] : [];
  });
}

/** The same form, for this resource alone: its address in an ARN, its digest in an ID. */
const ownValue = (value: string, address: string): string =>
  value
    .replace("mocked", address.replaceAll(/[^A-Za-z0-9]+/g, "-"))
    .replace(/(?<=^"[a-z]+-)[0-9a-f]{17}(?="$)/, createHash("sha256").update(address).digest("hex").slice(0, 17));
