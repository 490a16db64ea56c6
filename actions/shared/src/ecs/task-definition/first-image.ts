// Terraform makes the first revision of a task definition before there is any image.
import type { TaskDefinition } from "@aws-sdk/client-ecs";

/** infra/modules/platform names it; it is never pushed. */
const firstTag = /:none-yet$/;

/** The image of the first revision, that no task can start with; undefined: the revision has images. */
export const firstImageOf = ({
  containerDefinitions = [],
}: Pick<TaskDefinition, "containerDefinitions">): string | undefined =>
  containerDefinitions.map(({ image = "" }) => image).find((image) => firstTag.test(image));
