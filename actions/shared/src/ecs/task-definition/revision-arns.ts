// The revisions of a family.
import { ListTaskDefinitionsCommand } from "@aws-sdk/client-ecs";
import { withRetry } from "../../aws.ts";
import type { EcsReader } from "../service.ts";
import { shortName } from "./task-definition.ts";

/** ARNs of the newest active revisions, newest first. */
export async function revisionArns(reader: EcsReader, family: string, most: number): Promise<string[]> {
  const arns: string[] = [];
  for (let nextToken: string | undefined; ;) {
    const list = new ListTaskDefinitionsCommand({
      familyPrefix: family,
      status: "ACTIVE",
      sort: "DESC",
      maxResults: 100,
      nextToken,
    });
    const page = await withRetry(reader, "ecs:ListTaskDefinitions", () => reader.ecs.send(list));
    // The prefix finds longer names too.
    const own = (page.taskDefinitionArns ?? []).filter((arn) => shortName(arn).replace(/:\d+$/, "") === family);
    arns.push(...own);
    if (!page.nextToken || arns.length >= most) return arns.slice(0, most);
    nextToken = page.nextToken;
  }
}
