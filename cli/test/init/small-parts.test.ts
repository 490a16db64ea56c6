import { describe, expect, it } from "vitest";
import { nameOf, repositoryOf } from "../../src/init/defaults.ts";
import { block } from "../../src/init/hcl.ts";
import { pinsOf } from "../../src/init/pins.ts";
import { toolkitCommit } from "../../src/toolkit-commit.ts";
import { commit } from "./repository.ts";

describe("repositoryOf", () => {
  it.each<[string, string | undefined]>([
    ["https://github.com/somebody/shop.git", "somebody/shop"],
    ["https://user@github.com/somebody/shop", "somebody/shop"],
    ["git@github.com:somebody/my.shop.git\n", "somebody/my.shop"],
    ["ssh://git@github.com/somebody/shop", "somebody/shop"],
    ["https://gitlab.com/somebody/shop.git", undefined],
    ["https://example.com/github.com/somebody/shop", undefined],
    ["/srv/shop", undefined],
  ])("%s: %s", (url, repository) => expect(repositoryOf(url)).toBe(repository));
});

it.each([
  ["somebody/My_Shop", "my-shop"],
  ["somebody/2048.game-", "game"],
  ["somebody/a--b", "a-b"],
])("nameOf(%s) is %s", (repository, name) => expect(nameOf(repository)).toBe(name));

it("block aligns lines that follow each other, as terraform fmt does", () => {
  expect(
    block('module "x"', [
      ["a", "1"],
      ["long", "2"],
      ["list", "[\n    3,\n  ]"],
      ["after", "4"],
    ]),
  ).toBe('module "x" {\n  a    = 1\n  long = 2\n  list = [\n    3,\n  ]\n  after = 4\n}\n');
});

describe("what the workflows are pinned to", () => {
  const files = (texts: Record<string, string>) => async (path: string) => texts[path];
  const git = async () => ({ code: 0, stdout: `${commit}\n`, stderr: "" });
  const lock = (resolved: string) =>
    JSON.stringify({ packages: { "node_modules/rainbow-seeker-deploy-toolkit": { resolved } } });
  const folder = "/home/me/.npm/_npx/1/node_modules/rainbow-seeker-deploy-toolkit";

  it("is the commit that npm installed", async () => {
    const read = files({
      "../.package-lock.json": lock(`git+ssh://git@github.com/rainbow-seeker/deploy-toolkit.git#${commit}`),
    });
    const unused = () => Promise.reject(new Error("not asked"));
    expect(await toolkitCommit(folder, read, unused)).toBe(commit);
  });

  it("is that of the checkout", async () => {
    expect(await toolkitCommit("/src/toolkit", files({ ".git/HEAD": "ref: refs/heads/main\n" }), git)).toBe(commit);
  });

  it("is unknown for an unpacked archive, whatever repository is around it", async () => {
    expect(await toolkitCommit("/src/toolkit", files({}), git)).toBeUndefined();
    expect(
      await toolkitCommit(folder, files({ "../.package-lock.json": lock("https://example.com/x.tgz") }), git),
    ).toBeUndefined();
  });

  it("are the actions of others that the toolkit uses", async () => {
    const text = `- uses: actions/checkout@${commit} # v7\n- uses: aws-actions/configure-aws-credentials@${commit} # v6\n`;
    expect(await pinsOf(files({ "workflows/build.yml": text }))).toEqual({
      checkout: `actions/checkout@${commit} # v7`,
      login: `aws-actions/configure-aws-credentials@${commit} # v6`,
    });
    await expect(pinsOf(files({}))).rejects.toThrow("actions/checkout");
  });
});
