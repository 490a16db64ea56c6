// Whole backups in stores that are not S3.
import { expect, it } from "vitest";
import { Fixture } from "./fixture.ts";

const fixture = Fixture.set();

it("in a store that wants equal parts, of a dump whose parts would grow", { timeout: 60_000 }, async () => {
  fixture.s3.wantsEqualParts = true;
  const inputs = { database: "large", "max-parts": "10", "lock-seconds": "2" };
  const { error } = await fixture.run(inputs);
  expect(error).toMatchObject({ code: "STORE_UNSUPPORTED", message: expect.stringContaining("set part-size") });
  expect([fixture.s3.keys().filter((key) => !key.endsWith("lock.json")), fixture.s3.uploads.size]).toEqual([[], 0]);
  expect((await fixture.run({ ...inputs, "part-size": "5" })).error).toBeUndefined();
  await fixture.expectAllVerify("large");
});

it("in a store without conditional writes: refused before the dump, then made and verified", async () => {
  fixture.s3.policies = [{ Statement: { Effect: "Allow", Action: "s3:*", Resource: "*" } }];
  fixture.s3.refuse = (_operation, headers) =>
    "if-none-match" in headers || "if-match" in headers
      ? [501, "NotImplemented", "A header you provided implies functionality that is not implemented"]
      : undefined;
  const { error } = await fixture.run();
  expect(error).toMatchObject({ code: "STORE_UNSUPPORTED", message: expect.stringContaining("conditional-writes") });
  expect(fixture.s3.calls.filter(({ operation }) => operation === "create")).toEqual([]);
  expect((await fixture.run({ "conditional-writes": "false" })).error).toBeUndefined();
  expect(fixture.manifests()).toHaveLength(1);
  await fixture.expectAllVerify("app");
});
