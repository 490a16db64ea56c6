// What `rainbow-deploy init` writes is what the examples have, so that there is one truth: examples/consumer for the
// reusable workflows, and what is different there for the other ways.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ways } from "../../cli/src/init/answers.ts";
import { initInputs } from "../../cli/src/init/inputs.ts";
import { main } from "../../cli/src/init/main.ts";
import { pinsOf } from "../../cli/src/init/pins.ts";
import { root } from "../../infra/local/paths.ts";

export const consumer = "examples/consumer";

/** Options that the examples were written with. */
export const consumerOptions: Record<string, string> = {
  repository: "somebody/my-service",
  "repository-id": "456789",
  "repository-owner-id": "123456",
  region: "ap-northeast-1",
  ref: "v1",
};

interface File {
  path: string;
  text: string;
}

/** What init writes into a repository that has only the Dockerfile of examples/consumer. */
export async function filesOfInit(more: Record<string, string> = {}): Promise<File[]> {
  const dockerfile = await readFile(join(root, consumer, "Dockerfile"), "utf8");
  const inToolkit = (path: string) => readFile(join(root, path), "utf8");
  const { repository } = JSON.parse(await inToolkit("package.json")) as { repository: string };
  const options = { ...consumerOptions, ...more };
  const files: File[] = [];
  await main((name) => options[name] ?? initInputs[name]?.default ?? "", {
    read: async (path) => (path === "Dockerfile" ? dockerfile : undefined),
    write: async (path, text) => void files.push({ path, text }),
    folder: root,
    run: async () => ({ code: 1, stdout: "", stderr: "" }),
    region: undefined,
    toolkit: {
      repository: repository.replace(/^github:/, ""),
      commit: async () => undefined,
      pins: () => pinsOf(inToolkit),
    },
    ask: undefined,
    log: () => undefined,
    setOutputs: () => undefined,
  });
  return files;
}

/** Path, relative to this repository, and text of each file of the examples that init writes. */
export async function consumerFiles(): Promise<File[]> {
  const own = await filesOfInit();
  const others = await Promise.all(
    ways
      .filter((way) => way !== "reusable")
      .map(async (way) =>
        (await filesOfInit({ way }))
          .filter(({ path, text }) => own.find((file) => file.path === path)?.text !== text)
          .map(({ path, text }) => ({ path: `examples/${way}/${path}`, text })),
      ),
  );
  return [...own.map(({ path, text }) => ({ path: `${consumer}/${path}`, text })), ...others.flat()];
}
