// The architecture, as Terraform would make it: sizes, addresses, and which resource refers to which.
import { describe, expect, inject, it } from "vitest";
import { expectations } from "./expectations/all.ts";
import { environments } from "./system-test.ts";
import { System } from "./system.ts";

describe.each(environments)("%s", (environment) => {
  it.each(expectations)("$name", ({ check }) => {
    expect(() => check(new System(environment, inject("states")[environment]))).not.toThrow();
  });
});
