// An ONNX model in memory, whose bytes are those that were named.
import { createHash } from "node:crypto";
import { InferenceSession, Tensor } from "onnxruntime-node";

/** A file of the model is not what it must be: for whoever deploys it, not for whoever wrote this. */
export class ModelError extends Error {
  override name = "ModelError";
}

export const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** @returns the probability for each row of features */
export type Predict = (rows: Float32Array[]) => Promise<number[]>;

export async function openModel(bytes: Uint8Array, width: number): Promise<Predict> {
  // One thread: a row takes hundredths of a millisecond, and a task has half a processor.
  const session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  return async (rows) => {
    const data = new Float32Array(rows.length * width);
    rows.forEach((row, index) => data.set(row, index * width));
    const { probabilities } = await session.run({ observation: new Tensor("float32", data, [rows.length, width]) }, [
      "probabilities",
    ]);
    if (!probabilities) throw new ModelError("The model has no output named probabilities.");
    const values = probabilities.data as Float32Array;
    return rows.map((_, index) => values[index * 2 + 1] ?? Number.NaN);
  };
}
