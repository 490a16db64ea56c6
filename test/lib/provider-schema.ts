// The schema of the AWS provider without the 1,500 types that nothing here uses: Terraform reads it again for each
// configuration, prints all of it beside each state that a test shows, and needs a fraction of the time for what is left.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../infra/local/paths.ts";

/** Names of types and data sources in the sources and tests of this repository. */
export function typesInUse(): Set<string> {
  const files = ["infra", "examples", "test"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  const read = files.filter((path) => /\.(tf|hcl|ts)$/.test(path) && !path.includes(".terraform/"));
  return new Set(read.flatMap((path) => readFileSync(join(root, path), "utf8").match(/\baws_[a-z0-9_]+/g) ?? []));
}

/**
 * Fields of GetProviderSchema.Response that are maps by the name of a type: resource_schemas, data_source_schemas and
 * ephemeral_resource_schemas.
 * https://github.com/hashicorp/terraform/blob/v1.11.4/docs/plugin-protocol/tfplugin5.8.proto
 */
const mapsByType = new Set([2, 3, 8]);

/**
 * @param answer to GetSchema: one message of gRPC, with its five bytes of length
 * @returns the same without other types than these; unchanged if it is compressed
 */
export function withoutOtherTypes(answer: Buffer, types: ReadonlySet<string>): Buffer {
  if (answer.length < 5 || answer[0] !== 0) return answer;
  const kept = fieldsOf(answer.subarray(5))
    .filter(({ number, value }) => !mapsByType.has(number) || types.has(keyOf(value)))
    .map(({ whole }) => whole);
  const message = Buffer.concat(kept);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** The first field of an entry of a map. */
const keyOf = (entry: Buffer): string =>
  fieldsOf(entry)
    .find(({ number }) => number === 1)
    ?.value.toString() ?? "";

interface Field {
  number: number;
  /** Of a field with a length; otherwise empty. */
  value: Buffer;
  whole: Buffer;
}

/** https://protobuf.dev/programming-guides/encoding/ */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < message.length;) {
    const start = at;
    const number = () => {
      let value = 0;
      for (let factor = 1; ; factor *= 128) {
        const byte = message.readUInt8(at++);
        value += (byte & 127) * factor;
        if (byte < 128) return value;
      }
    };
    const tag = number();
    const kind = tag % 8;
    let value = message.subarray(0, 0);
    if (kind === 0) number();
    else if (kind === 1) at += 8;
    else if (kind === 5) at += 4;
    else if (kind === 2) {
      const length = number();
      value = message.subarray(at, (at += length));
    } else throw new Error(`The schema has a field of wire type ${kind}, which protobuf no longer has.`);
    fields.push({ number: Math.floor(tag / 8), value, whole: message.subarray(start, at) });
  }
  return fields;
}
