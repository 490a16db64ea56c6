import { cpSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../../../infra/local/paths.ts";
import { attempt, run } from "../../../infra/local/process.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { checksums, readSbom } from "./files.ts";
import { packagesIn, sbomOfBundles, type Sbom } from "./sbom.ts";

const licenses = globSync("{actions/*,cli}/dist/licenses.txt", { cwd: root });

describe("the bill of materials", async () => {
  const sbom = await readSbom(licenses);

  it("has exactly the packages whose licences the bundles have", () => {
    expect(licenses.length).toBeGreaterThan(10);
    // Each entry is a line with name and version, then the name of the licence.
    const listed = licenses.flatMap((path) =>
      [
        ...readFileSync(join(root, path), "utf8").matchAll(
          /(?<=^|\n\n)(\S+) (\d\S+)\n(?:MIT|ISC|Apache-2\.0|0BSD|BSD-\S+)\n/g,
        ),
      ].map(([, name, version]) => `${name}@${version}`),
    );
    expect(sbom.components.map((one) => one["bom-ref"]).toSorted()).toEqual([...new Set(listed)].toSorted());
  });

  it("names versions and digests as package-lock.json does", () => {
    const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; integrity?: string }>;
    };
    const { hashes } = sbom.components.find(({ name }) => name === "@actions/core") as unknown as {
      hashes: { alg: string; content: string }[];
    };
    const digest = Buffer.from(hashes[0]!.content, "hex").toString("base64");
    expect(packages["node_modules/@actions/core"]?.integrity).toBe(`sha512-${digest}`);
  });

  it("is the same whenever it is made", async () => {
    expect(await readSbom(licenses)).toEqual(sbom);
    expect(sbom.metadata.component.name).toBe("deploy-toolkit");
    expect(sbom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it("refers to nothing that it does not have", () => {
    const refs = [sbom.metadata.component, ...sbom.components].map((one) => one["bom-ref"]);
    for (const { ref, dependsOn } of sbom.dependencies)
      expect(refs).toEqual(expect.arrayContaining([ref, ...dependsOn!]));
  });

  it("refuses bundles of packages that npm does not list", () => {
    const source = { repository: "owner/name", commit: "c0ffee", date: "2026-11-26T00:00:00.000Z" };
    const text = "left-pad 1.3.0\nWTFPL\ntext\n\n@aws-sdk/core 3.0.0\nApache-2.0\n";
    expect(packagesIn(text)).toEqual(["left-pad@1.3.0", "@aws-sdk/core@3.0.0"]);
    expect(() => sbomOfBundles(sbom as Sbom, [text], source)).toThrow("left-pad@1.3.0, @aws-sdk/core@3.0.0");
  });
});

describe("the checksums", () => {
  it("are those that sha256sum finds, of every committed bundle", async () => {
    const text = await checksums();
    expect((await attempt(["sha256sum", "--check", "--quiet", "--strict", "-"], { cwd: root, input: text })).code).toBe(
      0,
    );
    for (const path of ["action.yml", ...globSync("actions/*/action.yml", { cwd: root })]) {
      const [, main = ""] = /^ {2}main: (\S+)$/m.exec(readFileSync(join(root, path), "utf8")) ?? [];
      if (main) expect(text).toContain(`  ${join(path, "..", main)}\n`);
    }
    // More would be refused by actions/attest.
    expect(text.split("\n").length).toBeLessThan(1024);
  });
});

describe("the step that publishes", () => {
  it("runs where no package is installed", async () => {
    const folder = makeTestFolder("no-packages-");
    for (const path of ["scripts/commands/release.ts", "scripts/lib/release", "infra/local"])
      cpSync(join(root, path), join(folder, path), {
        recursive: true,
        filter: (from) => !/\.terraform|images/.test(from),
      });
    mkdirSync(join(folder, ".git"), { recursive: true });
    await run(["git", "init", "-q", folder]);
    const result = await attempt([process.execPath, "scripts/commands/release.ts", "publish", "v1.0.0"], {
      cwd: folder,
      env: { PATH: process.env["PATH"], GITHUB_REPOSITORY: "owner/name" },
    });
    expect(result.stderr).toMatch(/GITHUB_TOKEN is not set\./);
  });
});
