// The file of what sightings have taught, by site: checked when the service starts, written by calibrate.ts.
import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { SiteCalibration } from "./domain/calibration.ts";

const site = z.strictObject({
  name: z.string().min(1).max(200),
  lat: z.number().min(-90).max(90),
  lon: z.number().min(-180).max(180),
  radius_km: z.number().positive().max(200),
  intercept: z.number().min(-10).max(10),
  sightings: z.int().min(0),
  usual_rate: z.number().gt(0).lt(1),
});
export const calibrationFile = z.strictObject({
  /** An intercept corrects one model, and no other. */
  model_sha256: z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hexadecimal digits"),
  sites: z
    .array(site)
    .max(1000)
    .refine((sites) => new Set(sites.map(({ name }) => name)).size === sites.length, "each name may appear once"),
});
export type CalibrationFile = z.output<typeof calibrationFile>;

export class CalibrationError extends Error {
  override name = "CalibrationError";
}

/** @throws CalibrationError which names every problem of the file */
export async function readCalibration(path: string, modelSha256: string): Promise<SiteCalibration[]> {
  const refuse = (problems: string[], cause?: unknown) =>
    new CalibrationError(
      `The site calibration ${path} is not usable:\n${problems.map((each) => `  ${each}`).join("\n")}`,
      { cause },
    );
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw refuse([(cause as Error).message], cause);
  }
  const result = calibrationFile.safeParse(content);
  if (!result.success)
    throw refuse(result.error.issues.map(({ path, message }) => `${path.join(".") || "file"}: ${message}`));
  if (result.data.model_sha256 !== modelSha256)
    throw refuse([
      `model_sha256: it was fitted for ${result.data.model_sha256}, the model is ${modelSha256}: fit it again`,
    ]);
  return result.data.sites;
}
