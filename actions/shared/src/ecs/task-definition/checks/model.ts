// Keys, enumerations and required members, at every level, as the generated table of ECS's model has them.
import { isObject, type Fields } from "../../../fields.ts";
import { nearest } from "../../../nearest.ts";
import { membersOf, taskStructure, type Type } from "../model.ts";
import { memberPath } from "../read-shape.ts";

export interface ModelFindings {
  /** What ECS refuses, or ignores without a word: probably slips of the finger. */
  slips: string[];
  /** What may be newer than the table. */
  notices: string[];
  /** Required members that are missing. */
  missing: string[];
}

export function compareWithModel(definition: object): ModelFindings {
  const findings: ModelFindings = { slips: [], notices: [], missing: [] };
  compareStructure(definition as Fields, taskStructure, "", findings);
  return findings;
}

function compareStructure(fields: Fields, structure: string, path: string, findings: ModelFindings): void {
  const members = membersOf(structure);
  for (const [key, value] of Object.entries(fields)) {
    const member = members.get(key);
    if (member) compareValue(value, member.type, memberPath(path, key), findings);
    else unknownKey(memberPath(path, key), key, [...members.keys()], findings);
  }
  for (const [key, { required }] of members)
    if (required && !(key in fields)) findings.missing.push(`${memberPath(path, key)}: is missing`);
}

function unknownKey(path: string, key: string, known: string[], { slips, notices }: ModelFindings): void {
  const hint = nearest(key, known);
  if (hint !== "") slips.push(`${path}: is not known here${hint}`);
  else notices.push(`${path}: is not known here; it is sent as it is, and ECS ignores what it does not know either`);
}

function compareValue(value: unknown, type: Type, path: string, findings: ModelFindings): void {
  if (type.kind === "list" && Array.isArray(value))
    for (const [index, entry] of value.entries()) compareValue(entry, type.of, `${path}[${index}]`, findings);
  if (type.kind === "structure" && isObject(value)) compareStructure(value, type.name, path, findings);
  if (type.kind === "enumeration" && !type.values.includes(String(value)))
    unknownValue(path, String(value), type.values, findings);
}

function unknownValue(path: string, value: string, known: string[], { slips, notices }: ModelFindings): void {
  const withoutDigits = (text: string) => text.replaceAll(/\d+/g, "#");
  const problem = `${path}: must be ${known.length === 1 ? "" : "one of "}${known.join(", ")}, not ${JSON.stringify(value.slice(0, 80))}`;
  if (path === "networkMode" && value === "default") notices.push(`${problem}; leave it out for the default`);
  // Documented: ECS treats any other protocol as tcp (API reference, PortMapping).
  else if (path.endsWith(".protocol")) notices.push(`${problem}; ECS takes it as tcp`);
  // WINDOWS_SERVER_2028_CORE, http3: the next of their kind, which ECS may have learnt since.
  else if (known.some((one) => withoutDigits(one) === withoutDigits(value)))
    notices.push(`${path}: ${value} is not known here; it is sent as it is`);
  else slips.push(`${problem}${nearest(value, known)}`);
}
