// Scripted answers of AWS, and the requests that they answer, against AWS's own service models (aws-model.py): a script
// that AWS could not have written fails the test.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AwsError, type Handlers } from "../../actions/shared/test/scripted-aws.ts";

interface Model {
  calls: Record<string, { input: string; output?: string }>;
  structures: Record<string, Record<string, string>>;
}

const model = JSON.parse(readFileSync(join(import.meta.dirname, "aws-model.json"), "utf8")) as Model;

/** The same handlers; what AWS would not send or accept is collected in `problems`. */
export function modelled(handlers: Handlers, problems: string[]): Handlers {
  return Object.fromEntries(
    Object.entries(handlers).map(([action, handler]) => [
      action,
      (input: unknown, call: number) => {
        const shapes = model.calls[action];
        if (shapes === undefined) problems.push(`${action} is not in aws-model.py`);
        problems.push(...differences(shapes?.input, input, `${action} input`));
        const answer = handler(input, call);
        if (!(answer instanceof AwsError) && typeof answer === "object")
          problems.push(...differences(shapes?.output, answer, `${action} output`));
        return answer;
      },
    ]),
  );
}

/** Differences between a value and a type as aws-model.py writes it. */
export function differences(type: string | undefined, value: unknown, where: string): string[] {
  if (type === undefined || value === undefined) return [];
  const [, service = "", name = type] = /^(\w+)\.(.+)$/.exec(type) ?? [];
  const [, inner, most] = /^\[(.*)\](\d*)$/.exec(name) ?? [];
  const of = (member: string) => (service === "" ? member : `${service}.${member}`);
  if (inner !== undefined) {
    if (!Array.isArray(value)) return [`${where} is no list`];
    const long = most && value.length > Number(most) ? [`${where} has more than ${most} entries`] : [];
    return [...long, ...value.flatMap((one, index) => differences(of(inner), one, `${where}[${index}]`))];
  }
  const members = model.structures[`${service}.${name}`];
  if (members === undefined) return isOfType(name, value) ? [] : [`${where} is ${JSON.stringify(value)}, not ${name}`];
  if (typeof value !== "object" || value === null) return [`${where} is no structure`];
  const missing = Object.entries(members).filter(([member, one]) => one.endsWith("!") && !(member in value));
  return [
    ...missing.map(([member]) => `${where} lacks ${member}`),
    ...Object.entries(value).flatMap(([member, one]) =>
      member in members
        ? differences(of((members[member] ?? "").replace(/!$/, "")), one, `${where}.${member}`)
        : [`${where} has no ${member}`],
    ),
  ];
}

/** The protocol of IAM and STS has texts only. */
function isOfType(type: string, value: unknown): boolean {
  const isText = typeof value === "string";
  switch (type) {
    case "string":
      return isText;
    case "integer":
      return Number.isInteger(Number(value));
    case "double":
    case "timestamp":
      return typeof value === "number" || (isText && !Number.isNaN(Date.parse(value)));
    case "boolean":
      return typeof value === "boolean" || value === "true" || value === "false";
    case "map":
      return typeof value === "object";
    default:
      return isText && type.split("|").includes(value);
  }
}
