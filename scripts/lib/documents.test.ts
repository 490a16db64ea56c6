import { readFileSync, statSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../infra/local/paths.ts";
import { anchorsIn, deadLinksIn, lacksContents, phrasesIn, readDocuments, type Document } from "./documents.ts";

const documents = readDocuments();
const byPath = new Map(documents.map((document) => [document.path, document]));
const page = (text: string): Document => ({ path: "docs/page.md", text });
const read = (path: string) => readFileSync(join(root, path), "utf8");

describe("the documents", () => {
  it("include READMEs, docs and the contribution guide", () => {
    expect(documents.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["README.md", "README.ja.md", "CONTRIBUTING.md", "docs/glossary.md", "ml/README.md"]),
    );
  });

  it.each(documents.map((document) => [document.path, document] as const))("%s uses standard terms", (_, document) => {
    expect(phrasesIn(document)).toEqual([]);
  });

  it.each(documents.map((document) => [document.path, document] as const))("%s has no dead link", (_, document) => {
    expect(deadLinksIn(document, byPath)).toEqual([]);
  });

  it("have a table of contents if they are long", () => {
    const isPage = ({ path }: Document) => path.startsWith("docs/") || path.startsWith("README");
    expect(
      documents
        .filter(isPage)
        .filter(lacksContents)
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it("have small pictures", () => {
    const pictures = globSync("docs/images/*", { cwd: root });
    expect(pictures.length).toBeGreaterThan(3);
    expect(pictures.filter((path) => statSync(join(root, path)).size > 150_000)).toEqual([]);
  });
});

describe("the workflows of init", () => {
  const examples = ["one-step", "consumer"];
  const [workflow = "", ...others] = examples.map((name) => read(`examples/${name}/.github/workflows/deploy.yml`));

  it.each(["README.md", "README.ja.md"])("in %s are the examples that the tests run, byte for byte", (path) => {
    const blocks = [...read(path).matchAll(/^```yaml\n(name: [^]*?)^```$/gm)].map(([, block]) => block);
    expect(blocks).toEqual([workflow, ...others]);
  });

  it("pins actions as the workflows of this repository do", () => {
    const pinned = (text: string) => [...text.matchAll(/uses: (\S+@[0-9a-f]{40} # \S+)/g)].map(([, pin]) => pin!);
    const ours = globSync(".github/workflows/*.yml", { cwd: root }).flatMap((path) => pinned(read(path)));
    expect(pinned(workflow)).toHaveLength(2);
    expect(ours).toEqual(expect.arrayContaining(pinned(workflow)));
  });
});

describe("phrasesIn", () => {
  it("reports line, phrase and standard term", () => {
    expect(phrasesIn(page("Fine.\n\nThe service is steady."))).toEqual([
      'docs/page.md:3: "steady"; better: stable, or: reached a steady state',
    ]);
  });

  it.each([
    "The service reached a steady state.",
    "Commands and `steady` in code.",
    "```sh\necho steady\n```",
    "Recommended amendments, untold retold renewed.",
  ])("accepts: %s", (text) => {
    expect(phrasesIn(page(text))).toEqual([]);
  });

  it.each(["a throw-away server", "it was told", "mended", "in the place of v1", "巻き戻し済み", "タスク定義の描画"])(
    "reports: %s",
    (text) => {
      expect(phrasesIn(page(text))).toHaveLength(1);
    },
  );
});

describe("deadLinksIn", () => {
  it("reports missing files, missing anchors, and links outside of the repository", () => {
    const text =
      "# One\n\n[a](missing.md) [b](glossary.md#nothing) [c](#two) ![d](images/none.png) [e](../../elsewhere.md)";
    expect(deadLinksIn(page(text), byPath)).toEqual([
      "docs/page.md: missing.md: does not exist",
      "docs/page.md: glossary.md#nothing: has no such heading",
      "docs/page.md: #two: has no such heading",
      "docs/page.md: images/none.png: does not exist",
      "docs/page.md: ../../elsewhere.md: is outside of the repository",
    ]);
  });

  it("accepts existing targets", () => {
    const text = "# One `two`\n\n[a](glossary.md#manifest) [b](#one-two) [c](https://example.com/#x) [d](../actions)";
    expect(deadLinksIn(page(text), byPath)).toEqual([]);
  });
});

it("generates anchors like GitHub", () => {
  const text =
    '# A.1: `code`, *and* [link](x)\n## 失敗したときの表示\n## Same\n## Same\n<a id="own"></a>\n\n```\n# none\n```';
  expect([...anchorsIn(text)]).toEqual(["a1-code-and-link", "失敗したときの表示", "same", "same-1", "own"]);
});
