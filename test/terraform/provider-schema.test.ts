import fc from "fast-check";
import { expect, test } from "vitest";
import { typesInUse, withoutOtherTypes } from "../lib/provider-schema.ts";

/** https://protobuf.dev/programming-guides/encoding/#varints */
function number(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

const field = (id: number, value: Buffer) => Buffer.concat([number(id * 8 + 2), number(value.length), value]);
const entry = (id: number, name: string, schema: Buffer) =>
  field(id, Buffer.concat([field(1, Buffer.from(name)), field(2, schema)]));

function answer(fields: Buffer[]): Buffer {
  const message = Buffer.concat(fields);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

const types = new Set(["aws_vpc", "aws_lb"]);
const ofType = fc
  .record({
    id: fc.constantFrom(2, 3, 8),
    name: fc.constantFrom("aws_vpc", "aws_lb", "aws_other", "aws_vpc_other", ""),
    schema: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ id, name, schema }) => ({ isKept: types.has(name), bytes: entry(id, name, Buffer.from(schema)) }));
/** The provider's own schema, diagnostics, functions and capabilities; numbers of each kind. */
const other = fc
  .oneof(
    fc
      .tuple(fc.constantFrom(1, 4, 7), fc.uint8Array({ maxLength: 300 }))
      .map(([id, value]) => field(id, Buffer.from(value))),
    fc.nat().map((value) => Buffer.concat([number(6 * 8), number(value)])),
    fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.concat([number(20 * 8 + 1), bytes])),
    fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.concat([number(21 * 8 + 5), bytes])),
  )
  .map((bytes) => ({ isKept: true, bytes }));

test("types that nothing uses are left out of the schema, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(ofType, other)), (fields) => {
      const kept = fields.filter(({ isKept }) => isKept);
      expect(withoutOtherTypes(answer(fields.map(({ bytes }) => bytes)), types)).toEqual(
        answer(kept.map(({ bytes }) => bytes)),
      );
    }),
  );
});

test("a compressed answer, and one that is cut off before its length, stay as they are", () => {
  for (const bytes of [Buffer.from([1, 0, 0, 0, 2, 8, 1]), Buffer.from([0, 0]), Buffer.alloc(0)])
    expect(withoutOtherTypes(bytes, types)).toEqual(bytes);
});

test("the types in use are those of modules, examples and tests", () => {
  const found = typesInUse();
  expect([...found]).toEqual(expect.arrayContaining(["aws_vpc", "aws_wafv2_web_acl", "aws_iam_policy_document"]));
  expect(found.size).toBeLessThan(300);
});
