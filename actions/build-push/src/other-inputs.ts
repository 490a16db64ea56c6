// Inputs of docker/build-push-action that this action does not have, or not with every value. GitHub only warns about
// inputs that an action does not know; what would then be done differently from what is written is refused.
import type { InputReader } from "../../shared/src/inputs.ts";

const refusals: Record<string, { accepted: string | undefined; reason: string }> = {
  load: {
    accepted: "false",
    reason: "the image goes to the repository. To have it on the runner, docker pull the output image",
  },
  outputs: {
    accepted: undefined,
    reason: "the image goes to the repository, and to the registries in tags. Remove the input",
  },
  call: {
    accepted: "build",
    reason: "this action builds. To check a Dockerfile, run docker buildx build --call check",
  },
};

export function refuseOtherInputs(read: InputReader): void {
  if (!read.boolean("push", true))
    read.problem(
      "push: the image is always pushed. Give this step a condition (if:), " +
        "and build without a push in another one, with docker/build-push-action",
    );
  for (const [name, { accepted, reason }] of Object.entries(refusals)) {
    const value = read.optional(name);
    if (value !== undefined && value !== accepted) read.problem(`${name}: ${reason}`);
  }
}
