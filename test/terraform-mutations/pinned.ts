// What Terraform's mocks fill with random texts, so that an environment can be made to be the same in each run.
import type { Resource } from "../infrastructure/system.ts";
import type { Pinned } from "../infrastructure/system-test.ts";

interface Schema {
  provider_schemas: Record<
    string,
    Record<"resource_schemas" | "data_source_schemas", Record<string, { block: Block }>>
  >;
}

interface Block {
  attributes?: Record<string, { computed?: boolean }>;
}

/**
 * Names of the attributes that a provider may compute, by type: `aws_lb`, `data.aws_lb`.
 *
 * @param text output of `terraform providers schema -json`
 */
export function computedIn(text: string): Map<string, Set<string>> {
  const computed = new Map<string, Set<string>>();
  for (const provider of Object.values((JSON.parse(text) as Schema).provider_schemas))
    for (const [kind, prefix] of [
      ["resource_schemas", ""],
      ["data_source_schemas", "data."],
    ] as const)
      for (const [type, { block }] of Object.entries(provider[kind])) {
        const attributes = Object.entries(block.attributes ?? {}).filter(
          ([, attribute]) => attribute.computed === true,
        );
        computed.set(`${prefix}${type}`, new Set(attributes.map(([name]) => name)));
      }
  return computed;
}

/**
 * What a provider computed, which a mock does by making up texts: an override instead of it has to have all of what the
 * mock gave.
 */
export const computedValues = (resources: readonly Resource[], computed: ReadonlyMap<string, Set<string>>): Pinned =>
  new Map(
    resources.map(({ address, mode, type, values }) => {
      const names = computed.get(mode === "data" ? `data.${type}` : type);
      const found = Object.entries(values).filter(([name, value]) => names?.has(name) === true && isSaid(value));
      return [address, Object.fromEntries(found)];
    }),
  );

/** Where nothing is said, a mock gives null, 0, false, or nothing in a collection. */
const isSaid = (value: unknown): boolean =>
  typeof value === "object" && value !== null ? Object.keys(value).length > 0 : Boolean(value);
