// The query protocol of older AWS services, for scripted-aws.ts: forms go in, XML comes out. Field names and lists are as
// in the service's model: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html

/** By the version of the API, which is all that a form says of its service. */
const services: Record<string, string> = {
  "2010-05-08": "iam",
  "2011-06-15": "sts",
  "2015-12-01": "elasticloadbalancing",
};

/** "RuleArns.member.1=x" becomes {RuleArns: ["x"]}. */
export function parseForm(text: string): { action: string; input: any } {
  const { Action, Version = "", ...fields } = Object.fromEntries(new URLSearchParams(text));
  const input = {};
  for (const [path, value] of Object.entries(fields)) put(input, path.replaceAll(".member.", ".").split("."), value);
  return { action: `${services[Version] ?? Version}:${Action}`, input };
}

/** Lists are numbered from 1, in this order. */
function put(into: any, [name = "", next, ...rest]: string[], value: string): void {
  const key = Array.isArray(into) ? Number(name) - 1 : name;
  if (next === undefined) {
    into[key] = value;
    return;
  }
  into[key] ??= /^\d+$/.test(next) ? [] : {};
  put(into[key], [next, ...rest], value);
}

export const answerInXml = (action: string, answer: object): string => {
  const name = action.split(":")[1];
  return `<${name}Response><${name}Result>${xml(answer)}</${name}Result></${name}Response>`;
};

export const errorInXml = ({ code, message }: { code: string; message: string }): string =>
  `<ErrorResponse><Error><Type>Sender</Type>${xml({ Code: code, Message: message })}</Error></ErrorResponse>`;

function xml(value: unknown): string {
  if (Array.isArray(value)) return value.map((entry) => `<member>${xml(entry)}</member>`).join("");
  if (typeof value === "object" && value !== null)
    return Object.entries(value)
      .map(([name, entry]) => `<${name}>${xml(entry)}</${name}>`)
      .join("");
  return String(value).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
