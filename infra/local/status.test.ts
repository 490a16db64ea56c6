import { expect, it } from "vitest";
import { statusTable } from "./status.ts";

it("shortens digests and commits, and marks services that do not respond", () => {
  const image = `localhost:4566/api@sha256:${"d".repeat(64)}`;
  const service = { service: "s", revision: 12, image, desired: 3, running: 3, healthy: 3 };
  const table = statusTable({
    url: "http://localhost:4566/_alb/x/",
    environment: "local",
    services: [
      { ...service, name: "api", version: "a".repeat(40) },
      { ...service, name: "ml", version: "", healthy: 0 },
    ],
  });
  expect(table).toContain("http://localhost:4566/_alb/x/");
  expect(table).toMatch(/api +12 +a{12} +3 +3 +3/);
  expect(table).toMatch(/ml +12 +not responding +3 +3 +0/);
  expect(table).not.toContain("d".repeat(64));
});
