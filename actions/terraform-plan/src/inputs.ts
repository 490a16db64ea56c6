import { InputReader, type InputSource } from "../../shared/src/inputs.ts";

export interface Inputs {
  plan: string;
  text: string | undefined;
  title: string;
  cost: string | undefined;
  expectedDigest: string | undefined;
}

/** @throws ConfigurationError with every problem of the inputs */
export function readInputs(source: InputSource): Inputs {
  const read = new InputReader(source);
  const inputs = {
    plan: read.required("plan", "plan.json"),
    text: read.optional("text"),
    title: read.required("title", "production"),
    cost: read.optional("cost"),
    expectedDigest: read.optional("expected-digest"),
  };
  if (inputs.expectedDigest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(inputs.expectedDigest))
    read.problem("expected-digest: must be the output digest of the plan that was reviewed, sha256:…");
  read.finish();
  return inputs;
}
