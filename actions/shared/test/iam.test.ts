// The evaluator of policies that other tests rely on, against the rules of IAM's documentation.
import { describe, expect, it } from "vitest";
import { explainRefusal, isAllowed, type Policy, type Statement } from "../src/iam.ts";

const policy = (...statements: Partial<Statement>[]): Policy[] => [
  {
    Statement: statements.map((statement) => ({
      Effect: "Allow",
      Action: "s3:PutObject",
      Resource: "arn:aws:s3:::a/*",
      ...statement,
    })),
  },
];
const put = { action: "s3:PutObject", resource: "arn:aws:s3:::a/b/c" };

describe("a request", () => {
  it("is denied unless a statement allows it", () => {
    expect(isAllowed([], put)).toBe(false);
    expect(isAllowed(policy({}), put)).toBe(true);
    expect(isAllowed(policy({ Action: ["s3:GetObject", "s3:DeleteObject"] }), put)).toBe(false);
    expect(isAllowed(policy({ Resource: "arn:aws:s3:::a/x*" }), put)).toBe(false);
    expect(isAllowed(policy({ Resource: "arn:aws:s3:::a/b?c" }), put)).toBe(true);
  });

  it("is denied if a statement denies it, whatever others say", () => {
    expect(isAllowed(policy({}, { Effect: "Deny" }, {}), put)).toBe(false);
    expect(isAllowed(policy({}, { Effect: "Deny", Action: "s3:Delete*" }), put)).toBe(true);
  });

  it("needs an action in whatever spelling, but a resource in exactly this one", () => {
    expect(isAllowed(policy({ Action: "S3:putobject" }), put)).toBe(true);
    expect(isAllowed(policy({ Resource: "arn:aws:s3:::A/*" }), put)).toBe(false);
  });

  it("needs the principal of a trust policy", () => {
    const trust = policy({ Action: "sts:AssumeRoleWithWebIdentity", Principal: { Federated: "github" } });
    const assume = { action: "sts:AssumeRoleWithWebIdentity" };
    expect(isAllowed(trust, { ...assume, principal: "github" })).toBe(true);
    expect(isAllowed(trust, { ...assume, principal: "another" })).toBe(false);
  });
});

describe("conditions", () => {
  it.each<[string, string[], string | undefined, boolean]>([
    ["StringEquals", ["x", "y"], "y", true],
    ["StringEquals", ["x", "y"], "Y", false],
    ["StringEquals", ["*"], "y", false],
    ["StringEquals", ["x"], undefined, false],
    ["StringLike", ["a:*"], "a:b/c:d", true],
    ["StringLike", ["a:*"], "b:a:", false],
    ["StringLike", ["a.c"], "abc", false],
    ["StringNotEquals", ["x", "y"], "y", false],
    ["StringNotEquals", ["x", "y"], "z", true],
    ["StringNotEquals", ["x"], undefined, true],
    ["StringNotLike", ["x*"], "xy", false],
    ["Bool", ["false"], "false", true],
    ["Bool", ["false"], undefined, false],
    ["Null", ["false"], "*", true],
    ["Null", ["false"], undefined, false],
    ["Null", ["true"], undefined, true],
    ["StringEqualsIgnoreCase", ["Main"], "mAIN", true],
    ["StringLikeIfExists", ["x*"], "y", false],
    ["StringLikeIfExists", ["x*"], undefined, true],
    ["StringNotEqualsIfExists", ["x"], "x", false],
    ["ForAnyValue:StringEquals", ["x"], "x", true],
    ["ForAnyValue:StringNotEquals", ["x"], undefined, false],
    ["ForAllValues:StringEquals", ["x"], "y", false],
    ["ForAllValues:StringEquals", ["x"], undefined, true],
    ["ArnEquals", ["arn:aws:ecs:r:1:cluster/*"], "arn:aws:ecs:r:1:cluster/a", true],
    ["ArnEquals", ["arn:aws:ecs:*:cluster/a"], "arn:aws:ecs:r:1:cluster/a", false],
  ])("%s %j: %s is %s", (operator, values, value, expected) => {
    const statements = policy({ Condition: { [operator]: { "s3:KEY": values } } });
    expect(isAllowed(statements, { ...put, context: { "s3:key": value } })).toBe(expected);
  });

  it("must all hold", () => {
    const both = policy({ Condition: { StringEquals: { a: "1", b: "2" }, Null: { c: "true" } } });
    expect(isAllowed(both, { ...put, context: { a: "1", b: "2" } })).toBe(true);
    expect(isAllowed(both, { ...put, context: { a: "1", b: "3" } })).toBe(false);
    expect(isAllowed(both, { ...put, context: { a: "1", b: "2", c: "" } })).toBe(false);
  });

  it("that are not met are explained, of the statement that lacks least first, and denials beside them", () => {
    const statements = policy(
      { Condition: { StringEquals: { a: "1", b: "2", c: "3" } } },
      { Condition: { StringEquals: { a: "1", b: ["2", "4"] } } },
      { Action: "s3:GetObject" },
      { Sid: "Never", Effect: "Deny", Condition: { Null: { d: "true" } } },
    );
    const refusal = explainRefusal(statements, { ...put, context: { a: "1", B: "5" } });
    expect(refusal.unmet).toEqual([
      [{ operator: "StringEquals", key: "b", expected: ["2", "4"], actual: "5" }],
      [
        { operator: "StringEquals", key: "b", expected: ["2"], actual: "5" },
        { operator: "StringEquals", key: "c", expected: ["3"], actual: undefined },
      ],
    ]);
    expect(refusal.denials.map(({ Sid }) => Sid)).toEqual(["Never"]);
    expect(explainRefusal([], put)).toEqual({ unmet: [], denials: [] });
  });

  it("and elements that it does not know are errors, not guesses", () => {
    expect(() => isAllowed(policy({ Condition: { IpAddress: { a: "1" } } }), put)).toThrow("IpAddress");
    expect(() => isAllowed(policy({ ["NotAction" as "Action"]: "s3:GetObject" }), put)).toThrow("NotAction");
    expect(() => isAllowed(policy({ Resource: "arn:aws:s3:::a/${aws:username}" }), put)).toThrow("policy variables");
  });
});
