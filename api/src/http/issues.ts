// What is wrong with a value, said to people: which field, where it was, what it must be. Never zod's own words.
import type { z } from "zod";
import type { Language } from "./problems.ts";

export type Part = "body" | "query" | "path";

export interface FieldProblem {
  in: Part;
  field: string;
  message: string;
}

/** A request whose values were not accepted; its words wait for the language of whom they are for. */
export class InvalidRequest extends Error {
  override name = "InvalidRequest";
  readonly part: Part;
  readonly issues: z.core.$ZodIssue[];

  constructor(part: Part, issues: z.core.$ZodIssue[]) {
    super(`Values of the ${part} are not accepted.`);
    this.part = part;
    this.issues = issues;
  }
}

/** One rule of our own that a value broke, where no schema could say it. */
export function refusal(part: Part, field: string, rule: Rule): InvalidRequest {
  return new InvalidRequest(part, [{ code: "custom", path: [field], message: rule, params: { rule } }]);
}

export function parse<Schema extends z.ZodType>(part: Part, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new InvalidRequest(part, result.error.issues);
}

/** Rules of schemas that are functions: named by `params.rule` of `refine`. */
const rules = {
  "not-in-the-future": { en: "must not lie in the future", ja: "未来の時刻にはできません" },
  "cursor-of-a-page": { en: "must be the `next` of an earlier page", ja: "前のページの `next` を指定してください" },
  "no-null-character": { en: "must not have the character 0", ja: "文字コード 0 は使えません" },
  "no-control-characters": { en: "must not have control characters", ja: "制御文字は使えません" },
  "time-of-day": { en: "must be a time of day such as 22:00", ja: "時刻 (例: 22:00) で指定してください" },
  "times-that-differ": { en: "must differ from `from`", ja: "`from` と異なる時刻にしてください" },
  "time-zone": {
    en: "must be a time zone of the IANA database such as Asia/Tokyo",
    ja: "IANA タイムゾーン (例: Asia/Tokyo) で指定してください",
  },
  "fcm-token": {
    en: "must be a registration token of Firebase Cloud Messaging",
    ja: "Firebase Cloud Messaging の登録トークンを指定してください",
  },
  "south-of-north": { en: "must not lie north of `north`", ja: "`north` より北にはできません" },
  "both-coordinates": { en: "is needed too: lat and lon go together", ja: "lat と lon は両方を指定してください" },
  "no-change": { en: "must name something to change", ja: "変更する項目を 1 つ以上指定してください" },
} satisfies Record<string, Record<Language, string>>;
export type Rule = keyof typeof rules;

export const rule = (name: Rule) => ({ params: { rule: name }, message: name });

type Words = {
  missing: string;
  unknown: string;
  other: string;
  type: (expected: string) => string;
  types: Record<string, string>;
  format: (format: string) => string;
  formats: Record<string, string>;
  min: (issue: Size) => string;
  max: (issue: Size) => string;
  oneOf: (values: string) => string;
};
interface Size {
  of: "text" | "list" | "value";
  limit: string;
  inclusive: boolean;
}

const words: Record<Language, Words> = {
  en: {
    missing: "is missing",
    unknown: "is not known here",
    other: "is not accepted",
    type: (expected) => `must be ${expected}`,
    types: {
      string: "text",
      number: "a number",
      int: "a whole number",
      boolean: "true or false",
      object: "an object",
      record: "an object",
      array: "a list",
      tuple: "a list",
    },
    format: (format) => `must be ${format}`,
    formats: {
      email: "an e-mail address",
      uuid: "a UUID",
      datetime: "a time in ISO 8601 with its offset, such as 2026-07-01T18:30:00+09:00",
      date: "a date such as 2026-07-01",
    },
    min: ({ of, limit, inclusive }) =>
      ({
        text: `must have ${limit} or more characters`,
        list: `must have ${limit} or more entries`,
        value: inclusive ? `must be ${limit} or more` : `must be more than ${limit}`,
      })[of],
    max: ({ of, limit, inclusive }) =>
      ({
        text: `must have ${limit} or fewer characters`,
        list: `must have ${limit} or fewer entries`,
        value: inclusive ? `must be ${limit} or less` : `must be less than ${limit}`,
      })[of],
    oneOf: (values) => `must be one of: ${values}`,
  },
  ja: {
    missing: "必須です",
    unknown: "ここでは使えません",
    other: "受け付けられない値です",
    type: (expected) => `${expected}で指定してください`,
    types: {
      string: "文字列",
      number: "数値",
      int: "整数",
      boolean: "true または false ",
      object: "オブジェクト",
      record: "オブジェクト",
      array: "配列",
      tuple: "配列",
    },
    format: (format) => `${format}で指定してください`,
    formats: {
      email: "メールアドレス",
      uuid: "UUID ",
      datetime: "オフセット付きの ISO 8601 の時刻 (例: 2026-07-01T18:30:00+09:00) ",
      date: "日付 (例: 2026-07-01) ",
    },
    min: ({ of, limit, inclusive }) =>
      ({
        text: `${limit} 文字以上にしてください`,
        list: `${limit} 件以上にしてください`,
        value: inclusive ? `${limit} 以上にしてください` : `${limit} より大きくしてください`,
      })[of],
    max: ({ of, limit, inclusive }) =>
      ({
        text: `${limit} 文字以下にしてください`,
        list: `${limit} 件以下にしてください`,
        value: inclusive ? `${limit} 以下にしてください` : `${limit} より小さくしてください`,
      })[of],
    oneOf: (values) => `次のいずれかにしてください: ${values}`,
  },
};

/** One entry for each field and problem; the whole body is named `body`, for it has no other name. */
export function describeIssues({ part, issues }: InvalidRequest, language: Language): FieldProblem[] {
  return issues.flatMap((issue) => {
    const at = (path: PropertyKey[], message: string): FieldProblem => ({
      in: part,
      field: path.length === 0 ? part : path.map(String).join("."),
      message,
    });
    if (issue.code === "unrecognized_keys")
      return issue.keys.map((key) => at([...issue.path, key], words[language].unknown));
    return [at(issue.path, describeIssue(issue, language))];
  });
}

/** All of them in a sentence, for those who read nothing but that. */
export const summarize = (details: FieldProblem[]) =>
  details.map(({ field, message }) => `${field}: ${message}`).join("; ");

function describeIssue(issue: z.core.$ZodIssue, language: Language): string {
  const say = words[language];
  if (issue.input === undefined && (issue.code === "invalid_type" || issue.code === "invalid_value"))
    return say.missing;
  switch (issue.code) {
    case "invalid_type":
      return say.type(say.types[issue.expected] ?? issue.expected);
    case "too_small":
      return say.min({ of: sizeOf(issue.origin), limit: String(issue.minimum), inclusive: issue.inclusive ?? true });
    case "too_big":
      return say.max({ of: sizeOf(issue.origin), limit: String(issue.maximum), inclusive: issue.inclusive ?? true });
    case "invalid_format": {
      const format = say.formats[issue.format];
      return format === undefined ? say.other : say.format(format);
    }
    case "invalid_value":
      return say.oneOf(issue.values.map(String).join(", "));
    case "custom": {
      const name = issue.params?.["rule"] as Rule | undefined;
      return name === undefined ? say.other : rules[name][language];
    }
    default:
      return say.other;
  }
}

const sizeOf = (origin: string): Size["of"] => (origin === "string" ? "text" : origin === "array" ? "list" : "value");
