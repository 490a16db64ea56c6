// Reads a line of CloudWatch's embedded metric format, and fails where it is none.
import { Ajv } from "ajv";
import { expect } from "vitest";

/**
 * The embedded metric format, as its specification describes it:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
const name = { type: "string", minLength: 1, maxLength: 255 };
const metric = {
  type: "object",
  required: ["Name"],
  additionalProperties: false,
  properties: { Name: name, Unit: { enum: ["Percent", "Count", "Bytes", "Seconds", "Milliseconds", "None"] } },
};
const directive = {
  type: "object",
  required: ["Namespace", "Dimensions", "Metrics"],
  additionalProperties: false,
  properties: {
    Namespace: name,
    Dimensions: { type: "array", minItems: 1, items: { type: "array", maxItems: 30, items: name } },
    Metrics: { type: "array", minItems: 1, maxItems: 100, items: metric },
  },
};
const isEmbedded = new Ajv().compile({
  type: "object",
  required: ["_aws"],
  properties: {
    _aws: {
      type: "object",
      required: ["Timestamp", "CloudWatchMetrics"],
      additionalProperties: false,
      properties: {
        Timestamp: { type: "integer", minimum: Date.parse("2020-01-01"), maximum: Date.parse("2100-01-01") },
        CloudWatchMetrics: { type: "array", minItems: 1, items: directive },
      },
    },
  },
});

interface Embedded {
  _aws: {
    Timestamp: number;
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
  };
  [member: string]: unknown;
}

export const directivesOf = ({ _aws: { CloudWatchMetrics: directives } }: Embedded) => directives;

/** Also what no schema can say: dimensions are texts and metrics numbers, both members of the root. */
export function read(line: string): Embedded {
  expect(line.endsWith("\n")).toBe(true);
  expect(line.slice(0, -1)).not.toContain("\n");
  const event = JSON.parse(line) as Embedded;
  expect({ valid: isEmbedded(event), errors: isEmbedded.errors }).toEqual({ valid: true, errors: null });
  for (const { Dimensions, Metrics } of directivesOf(event)) {
    for (const dimension of Dimensions.flat()) expect(event[dimension]).toEqual(expect.any(String));
    for (const { Name } of Metrics) expect(event[Name]).toEqual(expect.any(Number));
  }
  return event;
}
