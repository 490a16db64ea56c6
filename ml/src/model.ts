// The ONNX model with its card, and the proof that it answers here as it did where it was trained.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { InferenceSession, Tensor } from "onnxruntime-node";

export interface ModelCard {
  name: string;
  version: string;
  sha256: string;
  features: string[];
  usual_rate: Record<string, number>;
}

interface GoldenVector {
  features: (number | null)[];
  probability: number;
}

export interface Model {
  card: ModelCard;
  /** Probability for each row of features. */
  predict(rows: Float32Array[]): Promise<number[]>;
  /** Largest difference from the golden vectors. */
  selfTest(): Promise<number>;
}

/** Float32 arithmetic on another processor may differ in the last digits; a wrong model differs by far more. */
export const selfTestTolerance = 1e-5;

export async function loadModel(folder: string): Promise<Model> {
  const [bytes, cardText, goldenText] = await Promise.all([
    readFile(join(folder, "model.onnx")),
    readFile(join(folder, "model-card.json"), "utf8"),
    readFile(join(folder, "golden.json"), "utf8"),
  ]);
  const card = JSON.parse(cardText) as ModelCard;
  const golden = JSON.parse(goldenText) as GoldenVector[];
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  if (sha256 !== card.sha256)
    throw new Error(`model.onnx has SHA-256 ${sha256}, its card names ${card.sha256}: they are not of one training.`);

  // One thread: a row takes hundredths of a millisecond, and a task has half a processor.
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });

  const predict = async (rows: Float32Array[]): Promise<number[]> => {
    const width = card.features.length;
    const data = new Float32Array(rows.length * width);
    rows.forEach((row, index) => data.set(row, index * width));
    const { probabilities } = await session.run({ observation: new Tensor("float32", data, [rows.length, width]) }, [
      "probabilities",
    ]);
    if (!probabilities) throw new Error("The model has no output named probabilities.");
    const values = probabilities.data as Float32Array;
    return rows.map((_, index) => values[index * 2 + 1] ?? Number.NaN);
  };

  const selfTest = async (): Promise<number> => {
    const answers = await predict(golden.map(({ features }) => Float32Array.from(features, (value) => value ?? NaN)));
    return Math.max(...golden.map(({ probability }, index) => Math.abs((answers[index] ?? Number.NaN) - probability)));
  };

  return { card, predict, selfTest };
}
