// The model with its card, and the proof that it answers here as it did where it was trained. All of its files are
// checked before anything is served, and all problems are in one message, as with the settings.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { computedFeatures, leads } from "./domain/features.ts";
import { ModelError, openModel, type Predict, sha256Of } from "./model-file.ts";

const share = z.number().min(0).max(1);
const cardSchema = z.looseObject({
  name: z.string(),
  version: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hexadecimal digits"),
  features: z
    .array(z.enum(computedFeatures, { error: ({ input }) => `${String(input)} is not a feature of this service` }))
    .min(1),
  usual_rate: z.record(z.string(), share.gt(0)).superRefine((rates, context) => {
    for (const lead of leads)
      if (rates[lead] === undefined)
        context.addIssue(`has no rate for a lead of ${lead} h, which requests may ask for`);
  }),
});
const goldenSchema = z.array(z.object({ features: z.array(z.number().nullable()), probability: share })).min(1);
const distribution = z
  .object({
    name: z.string(),
    missing: share,
    median: z.number(),
    edges: z.array(z.number()),
    shares: z.array(share).min(1),
  })
  .refine(({ edges, shares }) => shares.length === edges.length + 1, "needs one share more than edges")
  .refine(({ edges }) => edges.every((edge, index) => index === 0 || edge > (edges[index - 1] ?? edge)), {
    path: ["edges"],
    message: "must rise",
  });
const referenceSchema = z.object({ source: z.string(), rows: z.int().min(1), features: z.array(distribution) });

export type ModelCard = z.output<typeof cardSchema>;
/** How the training rows are distributed, in the order of the card's features. */
export type Reference = z.output<typeof referenceSchema>;

export interface Model {
  card: ModelCard;
  reference: Reference;
  predict: Predict;
  /** Largest difference from the golden vectors. */
  selfTest(): Promise<number>;
}

/** Float32 arithmetic on another processor may differ in the last digits; a wrong model differs by far more. */
export const selfTestTolerance = 1e-5;

/** @throws ModelError which names every problem of the folder's files */
export async function loadModel(folder: string): Promise<Model> {
  const problems: string[] = [];
  const read = (name: string) =>
    readFile(join(folder, name)).catch((error: unknown) => {
      problems.push(`${name}: ${(error as Error).message}`);
    });
  const readJson = async <T>(name: string, schema: z.ZodType<T>): Promise<T | undefined> => {
    const bytes = await read(name);
    if (!bytes) return undefined;
    try {
      const result = schema.safeParse(JSON.parse(bytes.toString("utf8")));
      if (result.success) return result.data;
      problems.push(...result.error.issues.map(({ path, message }) => `${name}: ${path.join(".")}: ${message}`));
    } catch {
      problems.push(`${name}: is not JSON`);
    }
    return undefined;
  };
  // One after the other, so that problems are in the same order each time.
  const bytes = await read("model.onnx");
  const card = await readJson("model-card.json", cardSchema);
  const golden = await readJson("golden.json", goldenSchema);
  const reference = await readJson("reference.json", referenceSchema);
  const refuse = () => new ModelError(`The model is not usable:\n${problems.map((each) => `  ${each}`).join("\n")}`);
  if (!bytes || !card || !golden || !reference) throw refuse();

  const sha256 = sha256Of(bytes);
  if (sha256 !== card.sha256)
    problems.push(`model.onnx: has SHA-256 ${sha256}, its card names ${card.sha256}: they are not of one training`);
  const width = card.features.length;
  if (golden.some(({ features }) => features.length !== width))
    problems.push(`golden.json: its vectors must have the ${width} features of the card`);
  if (reference.features.map(({ name }) => name).join() !== card.features.join())
    problems.push("reference.json: its features must be those of the card, in that order");
  if (problems.length > 0) throw refuse();

  const predict = await openModel(bytes, width);
  const rows = golden.map(({ features }) => Float32Array.from(features, (value) => value ?? Number.NaN));
  const selfTest = async (): Promise<number> => {
    const answers = await predict(rows);
    return Math.max(...golden.map(({ probability }, index) => Math.abs((answers[index] ?? Number.NaN) - probability)));
  };
  return { card, reference, predict, selfTest };
}

/** NaN is a failure, too. */
export const passes = (difference: number) => difference <= selfTestTolerance;

/** @throws ModelError where the model does not compute what it did when it was trained */
export async function proveModel(model: Pick<Model, "selfTest">): Promise<void> {
  const difference = await model.selfTest();
  if (passes(difference)) return;
  throw new ModelError(
    `The model is ${difference} away from its golden vectors (${selfTestTolerance} are tolerated): ` +
      "it does not compute here what it did where it was trained.",
  );
}
