// A git repository for tests, with a service in it.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeTestFolder } from "../../../test/lib/test-folder.ts";

export class Checkout {
  readonly root = makeTestFolder("build-push-test-");

  constructor() {
    mkdirSync(this.context);
    this.git("init", "-q");
    this.write(".gitignore", "node_modules\n");
    this.write("api/Dockerfile", "FROM scratch\nCOPY . /\n");
    this.write("api/.dockerignore", "test\n*.md\n");
    this.write("api/main.js", "1\n");
    this.commit();
  }

  get context(): string {
    return join(this.root, "api");
  }

  git(...args: string[]): string {
    return execFileSync(
      "git",
      ["-C", this.root, "-c", "user.name=Test", "-c", "user.email=test@example.com", ...args],
      { encoding: "utf8" },
    ).trim();
  }

  write(path: string, text: string): void {
    writeFileSync(join(this.root, path), text);
  }

  commit(): string {
    this.git("add", "-A");
    this.git("commit", "-qm", "change");
    return this.git("rev-parse", "HEAD");
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }
}
