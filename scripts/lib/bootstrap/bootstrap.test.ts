// What the commands refuse, without Terraform. What they do is tested with it, on a local AWS: test/bootstrap.
import { describe, expect, test } from "vitest";
import type { BucketContents } from "./account.ts";
import { bootstrap, type Dependencies, type Options } from "./bootstrap.ts";
import { readOptions } from "./command.ts";
import { leave } from "./leave.ts";
import type { WorkFolder } from "./work-folder.ts";

const options: Options = { region: "ap-northeast-1", github: true, dryRun: false, yes: false };
const bootstrapped = { key: "rainbow-seeker/bootstrap.tfstate", resources: 8 };

/** Dependencies with an account as described, and the calls of Terraform that change something. */
function scene({ contents, answer }: { contents?: BucketContents; answer?: string }): {
  dependencies: Dependencies;
  changes: string[];
} {
  const changes: string[] = [];
  const quiet = async () => undefined;
  const work = {
    hasLocalState: async () => false,
    prepare: quiet,
    useLocalState: quiet,
    useBucket: quiet,
    plan: async () => true,
    applyPlan: async () => void changes.push("apply"),
    destroy: async () => void changes.push("destroy"),
  };
  return {
    changes,
    dependencies: {
      account: {
        identity: async () => ({ account: "123456789012", arn: "arn:aws:iam::123456789012:user/admin" }),
        bucketContents: async () => contents,
        githubProvider: async () => undefined,
      },
      workFolder: () => work as unknown as WorkFolder,
      log: () => {},
      ask: async () => answer,
    },
  };
}

describe("bootstrap", () => {
  test.each([
    ["nobody", undefined, /nobody to ask/],
    ["another answer", "y", /Nothing was changed/],
  ])("changes nothing with the answer of %s", async (_name, answer, message) => {
    const { dependencies, changes } = scene(answer === undefined ? {} : { answer });
    await expect(bootstrap(dependencies, options)).rejects.toThrow(message);
    expect(changes).toEqual([]);
  });

  test("asks nothing in a dry run", async () => {
    const { dependencies, changes } = scene({});
    await bootstrap(dependencies, { ...options, dryRun: true });
    expect(changes).toEqual([]);
  });
});

describe("leave", () => {
  test("wants the name of the bucket, not just a yes", async () => {
    const { dependencies, changes } = scene({ contents: { states: [bootstrapped], locks: [] }, answer: "yes" });
    await expect(leave(dependencies, options)).rejects.toThrow(/Nothing was changed/);
    expect(changes).toEqual([]);
  });

  test.each([
    [
      "an environment exists",
      { states: [bootstrapped, { key: "a/b.tfstate", resources: 3 }], locks: [] },
      /a\/b\.tfstate/,
    ],
    ["somebody works on a state", { states: [bootstrapped], locks: ["a/b.tfstate.tflock"] }, /a\/b\.tfstate\.tflock/],
    ["the bucket is somebody else's work", { states: [], locks: [] }, /not created by npm run bootstrap/],
  ])("refuses when %s, even with --yes", async (_name, contents, message) => {
    const { dependencies, changes } = scene({ contents });
    await expect(leave(dependencies, { ...options, yes: true })).rejects.toThrow(message);
    expect(changes).toEqual([]);
  });

  test("does nothing in an account without a bucket", async () => {
    const { dependencies, changes } = scene({});
    await leave(dependencies, { ...options, yes: true });
    expect(changes).toEqual([]);
  });
});

describe("command line", () => {
  test("has a dry run, a bucket, a region, and a way without GitHub", () => {
    const args = ["--dry-run", "--bucket", "states", "--region", "eu-west-1", "--no-github"];
    expect(readOptions("bootstrap", args)).toEqual({
      region: "eu-west-1",
      bucket: "states",
      github: false,
      dryRun: true,
      yes: false,
    });
  });

  test("refuses what it does not know, with the usage", () => {
    expect(() => readOptions("leave", ["staging"])).toThrow(
      expect.objectContaining({ remedy: expect.stringMatching(/^npm run leave/) }),
    );
  });
});
