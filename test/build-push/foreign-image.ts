// An image under the content tag that the holder of the signing key has not built, in a repository with immutable tags.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { BatchDeleteImageCommand, BatchGetImageCommand, PutImageCommand } from "@aws-sdk/client-ecr";
import type { Workbench } from "./workbench.ts";

/** With a key: built and recorded, then taken as built before, and no longer so under the key of somebody else. */
export async function refused(bench: Workbench): Promise<void> {
  const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
  const inputs = { "signing-key": String(key.export({ type: "pkcs8", format: "pem" })) };
  await bench.write("main.js", "console.log('signed')\n");
  const { outputs } = await bench.expectExit(0, inputs);
  const { digest = "", tags = "", version } = outputs;
  const names = [".build", ".sig"].map((ending) => `${digest.replace(":", "-")}${ending}`);
  assert.deepEqual(
    Object.values(await bench.tags())
      .flat()
      .filter((tag) => names.includes(tag))
      .toSorted(),
    names,
  );
  const again = await bench.expectExit(0, inputs);
  assert.deepEqual(
    [again.outputs["skipped"], again.outputs["digest"], again.outputs["version"]],
    ["true", digest, version],
  );

  // The attacker's image under the tag of ours: one that lies in the repository without a record for this content.
  const [other] = Object.entries(await bench.tags()).find(([, held]) => held.includes("v2")) ?? [];
  const { images = [] } = await bench.ecr.send(
    new BatchGetImageCommand({ repositoryName: "service", imageIds: [{ imageDigest: other }] }),
  );
  await bench.ecr.send(new BatchDeleteImageCommand({ repositoryName: "service", imageIds: [{ imageTag: tags }] }));
  const { imageManifest, imageManifestMediaType } = images[0]!;
  await bench.ecr.send(
    new PutImageCommand({ repositoryName: "service", imageTag: tags, imageManifest, imageManifestMediaType }),
  );
  const { text } = await bench.expectExit(1, inputs);
  assert.ok(text.includes(`find out where ${other} comes from`), text);
  assert.ok(text.includes(`--image-ids imageTag=${tags}`), text);
  assert.ok(
    !Object.values(await bench.tags())
      .flat()
      .includes(`${other!.replace(":", "-")}.sig`),
  );
}
