// An environment as Terraform makes it, with every value known: applied with a mocked provider, whose identifiers differ
// from each other, so that a test can say which resource refers to which.
import assert from "node:assert/strict";

export interface Resource {
  address: string;
  mode: "managed" | "data";
  type: string;
  name: string;
  index?: string | number;
  // What Terraform's state has is described by the provider's schema alone.
  // oxlint-disable-next-line typescript/no-explicit-any
  values: Record<string, any>;
}

interface StateModule {
  resources?: Resource[];
  child_modules?: StateModule[];
}

export interface State {
  root_module: StateModule;
  outputs?: Record<string, { value: unknown }>;
}

type Where = (values: Resource["values"], resource: Resource) => boolean;

export class System {
  readonly environment: "production" | "staging";
  readonly resources: Resource[];
  /** Appended to every name, except in production. */
  readonly suffix: string;

  constructor(environment: "production" | "staging", state: State) {
    this.environment = environment;
    this.suffix = environment === "production" ? "" : `-${environment}`;
    this.resources = resourcesIn(state.root_module);
  }

  all(type: string, where: Where = () => true): Resource[] {
    return this.resources.filter(
      (resource) => resource.mode === "managed" && resource.type === type && where(resource.values, resource),
    );
  }

  /** The only one of its kind. */
  one(type: string, where?: Where): Resource["values"] {
    const found = this.all(type, where);
    assert.equal(found.length, 1, `${found.length} of ${type}${where ? `: ${String(where)}` : ""}`);
    return (found[0] as Resource).values;
  }

  /** By its name in AWS, without the suffix of the environment. */
  named(type: string, name: string, attribute = "name"): Resource["values"] {
    const full = `${name}${this.suffix}`;
    const found = this.all(type, (values) => values[attribute] === full);
    assert.equal(found.length, 1, `${found.length} of ${type} with the ${attribute} ${full}`);
    return (found[0] as Resource).values;
  }

  /** The document whose JSON a role's policy is. */
  statementsOf(json: string): Statement[] {
    const found = this.resources.filter(
      ({ type, values }) => type === "aws_iam_policy_document" && values["json"] === json,
    );
    assert.equal(found.length, 1, `${found.length} policy documents make ${json}`);
    return (found[0] as Resource).values["statement"] as Statement[];
  }
}

/** One `statement` of data.aws_iam_policy_document. */
export interface Statement {
  sid: string | null;
  effect: string | null;
  actions: string[] | null;
  not_actions: string[] | null;
  resources: string[] | null;
  not_resources: string[] | null;
  principals: { type: string; identifiers: string[] }[];
  condition: { test: string; variable: string; values: string[] }[];
}

export function resourcesIn(module: StateModule): Resource[] {
  return [...(module.resources ?? []), ...(module.child_modules ?? []).flatMap(resourcesIn)];
}
