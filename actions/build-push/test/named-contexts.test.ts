import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { hashContent, type BuildContent } from "../src/content.ts";
import { namedContextOptions, readNamedContexts, withNamedImages } from "../src/named-contexts.ts";

const content: BuildContent = {
  entries: [],
  dockerfile: "FROM scratch\n",
  buildArgs: new Map(),
  target: undefined,
  platforms: ["linux/amd64"],
  bases: [],
  reads: "all",
  triggers: new Map(),
  contexts: [],
  attestations: [],
  signer: undefined,
};

it("different contexts, entries and attestations never have one hash, equal ones always do", () => {
  // Few and short values, so that parts of one often look like another.
  const text = fc.constantFrom("a", "b", "ab", "1:a", "a\n", "context", "entry", "folder");
  const entry = fc.record({ path: text, description: text });
  const part = fc.record({
    entries: fc.array(entry, { maxLength: 2 }),
    attestations: fc.array(text, { maxLength: 2 }),
    contexts: fc.array(fc.record({ name: text, source: text, entries: fc.array(entry, { maxLength: 2 }) }), {
      maxLength: 2,
    }),
  });
  const hash = (more: Partial<BuildContent>) => hashContent({ ...content, ...more });
  fc.assert(
    fc.property(part, part, (one, other) => {
      expect(hash(one) === hash(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      expect(hash(one)).toBe(hash(structuredClone(one)));
    }),
    { numRuns: 500 },
  );
});

it("a context replaces an image by every spelling of its name, and its own image counts instead", () => {
  const references = ["node", "node:24", "ghcr.io/a/node"];
  for (const name of ["node", "node:latest", "docker.io/library/node", "index.docker.io/library/node:latest"])
    expect(withNamedImages(references, new Map([[name, "docker-image://quay.io/a/node:1"]])), name).toEqual([
      "node:24",
      "ghcr.io/a/node",
      "quay.io/a/node:1",
    ]);
  expect(withNamedImages(references, new Map([["shared", "folder"]]))).toEqual(references);
});

it("a folder counts whole, except its .git, unless the Dockerfile mentions git", async () => {
  const folder = makeTestFolder("named-context-");
  mkdirSync(join(folder, ".git"));
  writeFileSync(join(folder, ".git/HEAD"), "ref");
  writeFileSync(join(folder, "file"), "");
  writeFileSync(join(folder, "other"), "");
  writeFileSync(join(folder, ".dockerignore"), "other\n");
  const pathsFor = async (dockerfile: string) =>
    (await readNamedContexts(new Map([["source", folder]]), dockerfile)).map(({ name, source, entries }) => ({
      name,
      source,
      paths: entries.map(({ path }) => path),
    }));
  const counted = (...paths: string[]) => [{ name: "source", source: "folder", paths }];
  expect(await pathsFor("FROM a\nCOPY --from=source . .\n")).toEqual(counted(".dockerignore", "file"));
  for (const step of ["COPY --from=source .git .git", "RUN --mount=from=source,target=/s git -C /s describe"])
    expect(await pathsFor(`FROM a\n${step}\n`)).toEqual(counted(".dockerignore", ".git", ".git/HEAD", "file"));
});

it("only an image that was found in a registry is pinned to its digest", () => {
  const digest = `sha256:${"0".repeat(64)}`;
  const contexts = new Map([
    ["registry", "docker-image://a:1"],
    ["engine", "docker-image://b:1"],
    ["pinned", `docker-image://c@${digest}`],
    ["folder", "./a:1"],
  ]);
  const bases = [
    { reference: "a:1", digest, from: "registry" as const },
    { reference: "b:1", digest, from: "engine" as const },
    { reference: `c@${digest}`, digest, from: "reference" as const },
  ];
  expect(namedContextOptions(contexts, bases)).toEqual([
    `registry=docker-image://a:1@${digest}`,
    "engine=docker-image://b:1",
    `pinned=docker-image://c@${digest}`,
    "folder=./a:1",
  ]);
});
