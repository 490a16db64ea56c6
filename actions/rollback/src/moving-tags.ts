// Two revisions that name one tag: ECS takes what the tag names when the rollback starts, which need not be what ran with
// the target.
import type { Service } from "@aws-sdk/client-ecs";
import { readTags, taggedContainers, type TagReader } from "../../shared/src/ecs/tags.ts";
import { shortName } from "../../shared/src/ecs/task-definition/task-definition.ts";
import type { Revision } from "./choose-target.ts";

/** What a rollback cannot bring back; undefined: no tag is common to both. */
export async function movingTags(
  reader: TagReader,
  { cluster, name, service }: { cluster: string; name: string; service: Service },
  { running, target }: { running: Revision; target: Revision },
): Promise<string | undefined> {
  const before = new Map(taggedContainers(running.definition));
  const common = taggedContainers(target.definition).filter(([container, image]) => before.get(container) === image);
  if (common.length === 0) return undefined;
  const tags = await readTags(reader, { cluster, name, service, arn: running.arn }, common);
  const [from, to] = [shortName(running.arn), shortName(target.arn)];
  const images = tags.map(({ container, state, text }) =>
    state === "same" ? `${container}: ${text}, which runs now as well` : `${container}: ${text}`,
  );
  return `${from} and ${to} name the same tag, so that the rollback does not bring back the image that ran with ${to}, but starts what the tag names now (${images.join("; ")}). Only revisions that name their images by digest go back to them.`;
}
