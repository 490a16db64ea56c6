import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inputTable, outputTable } from "./action-readme.ts";
import { outdatedFiles } from "./generated.ts";
import { cell, codeCell, formatted, replaceSection } from "./markdown.ts";
import { blocksOf, headerOf, moduleReadme } from "./module-readme.ts";

describe("a table cell", () => {
  it.each([
    ["a | b", "a \\| b"],
    ["two\n  lines\n", "two lines"],
    ["<cluster> and *all*, but `a<b*c` as it is", "&lt;cluster> and \\*all\\*, but `a<b*c` as it is"],
  ])("%j becomes %j", (text, expected) => {
    expect(cell(text)).toBe(expected);
  });

  it("stays a single cell, whatever its text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        expect(cell(text)).not.toMatch(/\n|(?<!\\)\|/);
        expect(codeCell(text)).not.toMatch(/\n|(?<!\\)\|/);
      }),
    );
  });
});

describe("a section between markers", () => {
  const text = "before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter\n";

  it("is replaced without changing the text around it, and idempotently", () => {
    const once = replaceSection(text, { name: "x", content: "new", file: "f" });
    expect(once).toBe("before\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nafter\n");
    expect(replaceSection(once, { name: "x", content: "new", file: "f" })).toBe(once);
  });

  it.each(["none", `${text}${text}`, "<!-- x:end --><!-- x:begin -->"])("must occur exactly once: %j", (without) => {
    expect(() => replaceSection(without, { name: "x", content: "new", file: "the/README.md" })).toThrow(
      "the/README.md",
    );
  });
});

describe("tables of an action", () => {
  const inputs = {
    cluster: { description: "The cluster.", default: "default" },
    service: { description: "It.", required: true },
  };

  it("have a row with an anchor for each input and output", () => {
    expect(inputTable({ inputs }, "action.yml").split("\n").slice(2)).toEqual([
      '| <a id="input-cluster"></a>`cluster` | The cluster. | `default` |  |',
      '| <a id="input-service"></a>`service` | It. |  | yes |',
    ]);
    expect(outputTable({ outputs: { url: { description: "URL." } } }, "action.yml")).toContain(
      '| <a id="output-url"></a>`url` | URL. |',
    );
  });

  it("reject an input or output without a description, naming the file", () => {
    expect(() => inputTable({ inputs: { cluster: {} } }, "a/action.yml")).toThrow("a/action.yml: the input cluster");
    expect(() => outputTable({ outputs: { url: { description: " " } } }, "a/action.yml")).toThrow("the output url");
  });
});

describe("a Terraform module's README", () => {
  const main = `# A bucket,\n# encrypted.\n\nresource "aws_s3_bucket" "this" {\n  bucket = var.name\n}\n`;
  const variables = `variable "rules" {
  description = "Rules, \\"quoted\\"."
  type = object({
    days = number
    tags = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.rules != null
    error_message = "Not this."
  }
}

variable "name" {
  description = "Name."
  type        = string
}
`;
  const outputs = `output "arn" {\n  description = "ARN."\n  value       = aws_s3_bucket.this.arn\n}\n`;

  it("reads multi-line attributes, and ignores those of nested blocks", () => {
    const [rules, name] = blocksOf(variables);
    expect(rules?.labels).toEqual(["rules"]);
    expect([...(rules?.attributes.keys() ?? [])]).toEqual(["description", "type", "default"]);
    expect(rules?.attributes.get("type")).toContain("optional(map(string), {})");
    expect(name?.attributes.has("default")).toBe(false);
    expect(headerOf(main)).toBe("A bucket, encrypted.");
  });

  it("has a usage example, inputs with required ones first, and resources", () => {
    const text = moduleReadme("my-bucket", { "main.tf": main, "variables.tf": variables, "outputs.tf": outputs });
    expect(text).toContain('module "my_bucket" {\n  source = "../../modules/my-bucket"\n  name   = …\n}');
    expect(text).toContain('| `name` | Name. | `string` | required |\n| `rules` | Rules, "quoted".');
    expect(text).toContain("- `aws_s3_bucket`");
  });

  it("rejects a module without a header comment, and a variable without a description", () => {
    expect(() => moduleReadme("m", { "main.tf": "locals {\n}\n" })).toThrow("infra/modules/m/main.tf");
    expect(() => moduleReadme("m", { "main.tf": main, "v.tf": 'variable "x" {\n  type = string\n}\n' })).toThrow(
      "variable x",
    );
  });
});

describe("generated files", () => {
  it("are formatted", async () => {
    const text = await formatted("x.md", "| a | b |\n|---|---|\n| 1 | 2 |\n");
    expect(await formatted("x.md", text)).toBe(text);
  });

  it("are up to date", async () => {
    expect(await outdatedFiles()).toEqual([]);
  });
});
