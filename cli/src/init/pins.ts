// What the workflows are pinned to besides the commit of this toolkit: the actions of others that it uses itself.
import type { Pins } from "./answers.ts";
import type { ReadFile } from "./detect.ts";

/** From the toolkit's own workflow, which Dependabot keeps up to date. */
export async function pinsOf(read: ReadFile): Promise<Pins> {
  const workflow = (await read("workflows/build.yml")) ?? "";
  const pin = (action: string): string => {
    const found = new RegExp(`uses: (${action}@[0-9a-f]{40} # \\S+)`).exec(workflow)?.[1];
    if (found === undefined) throw new Error(`workflows/build.yml does not use ${action}.`);
    return found;
  };
  return { checkout: pin("actions/checkout"), login: pin("aws-actions/configure-aws-credentials") };
}
