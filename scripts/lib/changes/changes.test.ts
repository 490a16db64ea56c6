import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { load } from "js-yaml";
import { read } from "../read-workflows.ts";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";
import { changedImages, images } from "./images.ts";
import { changedMigrations } from "./migrations.ts";
import { changesReport } from "./report.ts";

const dockerfile = "FROM debian\nCOPY package.json ./\nCOPY src src\n";
const files: Record<string, string> = {
  "api/Dockerfile": `${dockerfile}COPY migrations migrations\n`,
  "api/.dockerignore": "**/*.test.ts\n",
  "api/package.json": "{}",
  "api/src/index.ts": "1",
  "api/src/index.test.ts": "1",
  "api/README.md": "text",
  "api/migrations/0001_users.sql": "CREATE TABLE users ();",
  "ml/Dockerfile": dockerfile,
  "ml/package.json": "{}",
  "ml/src/index.ts": "1",
  "actions/db-backup/image/Dockerfile": "FROM debian\nCOPY dist /app\n",
  "actions/db-backup/dist/index.js": "1",
};

let before: string;
let after: string;
const write = (root: string, changes: Record<string, string>) => {
  for (const [path, text] of Object.entries(changes)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
};
beforeEach(() => {
  [before, after] = [makeTestFolder("changes-before-"), makeTestFolder("changes-after-")];
  for (const root of [before, after]) write(root, files);
});

const changed = async () =>
  Object.fromEntries((await changedImages(before, after)).map(({ name, paths }) => [name, paths]));

describe("images", () => {
  it("stay when only what no build reads changes", async () => {
    write(after, { "api/README.md": "other", "api/src/index.test.ts": "2", "ml/test/x.ts": "1", "docs/a.md": "b" });
    expect(await changed()).toEqual({ api: [], ml: [], backup: [] });
  });

  it("change with their files, modes and Dockerfile, and no others", async () => {
    write(after, { "api/src/index.ts": "2", "api/src/more.ts": "1", "ml/Dockerfile": `${dockerfile}USER 1001\n` });
    chmodSync(join(after, "actions/db-backup/dist/index.js"), 0o755);
    expect(await changed()).toEqual({
      api: ["src/index.ts", "src/more.ts"],
      ml: ["Dockerfile"],
      backup: ["dist/index.js"],
    });
  });

  it("are those that the workflows build", () => {
    interface Call {
      uses?: string;
      with?: { context?: string; file?: string };
    }
    const calls = ["deploy", "backup"].flatMap((name) =>
      Object.values((load(read(`.github/workflows/${name}.yml`)) as { jobs: Record<string, Call> }).jobs).filter(
        ({ uses }) => uses?.endsWith("/build.yml"),
      ),
    );
    expect(calls.map(({ with: given }) => [given?.context, given?.file ?? `${given?.context}/Dockerfile`])).toEqual(
      images.map(({ context, dockerfile: path }) => [context, path]),
    );
  });
});

describe("migrations", () => {
  it("are those that the target branch does not have; what it has must not differ", async () => {
    write(after, {
      "api/migrations/0003_contract_names.sql": "ALTER TABLE users DROP name;",
      "api/migrations/0002_more.sql": "CREATE TABLE more ();",
      "api/migrations/0001_users.sql": "CREATE TABLE users (id int);",
    });
    expect(await changedMigrations(before, after)).toEqual({
      added: [
        { name: "0002_more.sql", sql: "CREATE TABLE more ();" },
        { name: "0003_contract_names.sql", sql: "ALTER TABLE users DROP name;" },
      ],
      altered: ["0001_users.sql"],
    });
  });
});

describe("the report", () => {
  it("says when nothing changes", () => {
    const text = changesReport([{ name: "api", paths: [] }], { added: [], altered: [] });
    expect(text).toContain("stays: nothing that its build reads changes");
    expect(text).toContain("the deployment registers no new revision");
    expect(text).toMatch(/### Migrations\n\nNone\.$/);
  });

  it("names what changes, and warns of what cannot be undone", () => {
    const paths = Array.from({ length: 8 }, (_, index) => `src/${index}.ts`);
    const text = changesReport(
      [
        { name: "api", paths },
        { name: "backup", paths: ["dist/index.js"] },
      ],
      { added: [{ name: "0003_contract_names.sql", sql: "DROP" }], altered: ["0001_users.sql"] },
    );
    expect(text).toContain("and 3 more");
    expect(text).toContain("new revisions of <code>api</code>, in which only the image differs");
    expect(text).toContain("contracting");
    expect(text).toContain("Write a new migration instead");
  });

  it("shows hostile names and SQL as they are", () => {
    const hostile = "<script>@octocat</script>|`";
    const sql = "```\n<!-- @octocat";
    const text = changesReport([{ name: "api", paths: [hostile] }], {
      added: [{ name: hostile, sql }],
      altered: [hostile],
    });
    expect(text).not.toContain("<script>");
    expect(text).toContain("````text\n```\n<!-- @octocat");
  });
});
