// Command: fits the calibration of one site from api's sightings, and writes it into the calibration file.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { calibrationFile, type CalibrationFile } from "./calibration-file.ts";
import { fitSite } from "./calibration-fit.ts";
import { fewestSightings } from "./domain/calibration.ts";
import { rules } from "./domain/plausibility.ts";
import { calibrationSeries, inSeries, questionsOf } from "./http/schemas.ts";
import { loadModel, proveModel } from "./model.ts";
import { createPredictor } from "./predictor.ts";

const usage = `Usage: node dist/calibrate.js --site NAME --sightings FILE --weather FILE --into FILE
         [--radius-km 15] [--confirmations 1] [--reported 1]

  --sightings      answers of api's GET /api/sightings: one, a list of them, or a list of sightings
  --weather        every full hour observed in that time, as POST /v1/forecast takes it: lat, lon, hours
  --into           the calibration file; the entry of this site is replaced, the others stay
  --radius-km      how far from lat, lon the site reaches
  --confirmations  likes that confirm a sighting
  --reported       share of the hours with a rainbow that somebody reports; 1 calibrates to what is reported
`;

class UsageError extends Error {}

const given = z.string({ error: "is missing" });
const options = z.strictObject({
  site: given.min(1).max(200),
  sightings: given,
  weather: given,
  into: given,
  "radius-km": z.coerce.number().positive().max(200).default(15),
  confirmations: z.coerce.number().int().min(0).default(1),
  reported: z.coerce.number().gt(0).max(1).default(1),
});

const sighting = z.object({
  id: z.string(),
  lat: z.number(),
  lon: z.number(),
  seenAt: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  likes: z.int().min(0),
});
const page = z.object({ data: z.object({ sightings: z.array(sighting) }) }).transform(({ data }) => data.sightings);
const exported = z.union([page, z.array(page).transform((pages) => pages.flat()), z.array(sighting)]);

/** @throws UsageError which names the file and every problem */
async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const content = await readFile(path, "utf8").then(
    (text) => JSON.parse(text) as unknown,
    (error: unknown) => {
      throw new UsageError(`${path}: ${(error as Error).message}`);
    },
  );
  const result = schema.safeParse(content);
  if (result.success) return result.data;
  throw new UsageError(`${path} is not usable:\n${z.prettifyError(result.error)}`);
}

async function calibrate(argv: string[]): Promise<string> {
  const names = Object.keys(options.shape);
  const { values } = parseArgs({
    args: argv,
    options: Object.fromEntries(names.map((name) => [name, { type: "string" as const }])),
  });
  const checked = options.safeParse(values);
  if (!checked.success)
    throw new UsageError(checked.error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("\n"));
  const { site, into, "radius-km": radius_km, confirmations, reported } = checked.data;

  const weather = await readJson(checked.data.weather, calibrationSeries);
  const impossible = inSeries(weather).map(({ path, rule }) => `${path.join(".")}: ${rules[rule]}`);
  if (impossible.length > 0) throw new UsageError(`${checked.data.weather} is not usable:\n${impossible.join("\n")}`);
  const sightings = await readJson(checked.data.sightings, exported);
  const model = await loadModel(fileURLToPath(new URL("../model/", import.meta.url)));
  await proveModel(model);
  const fitted = await fitSite({
    predictor: createPredictor({ model }),
    questions: questionsOf(weather),
    sightings,
    fit: { name: site, lat: weather.lat, lon: weather.lon, radius_km, confirmations, reported },
  });

  const { sha256 } = model.card;
  const before = await readFile(into).then(
    () => readJson(into, calibrationFile),
    (error: NodeJS.ErrnoException): CalibrationFile => {
      if (error.code === "ENOENT") return { model_sha256: sha256, sites: [] };
      throw error;
    },
  );
  if (before.model_sha256 !== sha256)
    throw new UsageError(
      `${into} was fitted for the model ${before.model_sha256}, this one is ${sha256}: start a new file.`,
    );
  const sites = [...before.sites.filter(({ name }) => name !== site), fitted.site];
  await writeFile(into, `${JSON.stringify({ model_sha256: sha256, sites }, null, 2)}\n`);

  const { sightings: seen, intercept } = fitted.site;
  const found = `${site}: ${seen} of ${fitted.hours} hours had a confirmed sighting, the model expected ${fitted.expected.toFixed(1)}.`;
  return seen < fewestSightings
    ? `${found} ${fewestSightings} are needed: answers stay as the model gives them.`
    : `${found} Intercept ${intercept}.`;
}

try {
  process.stdout.write(`${await calibrate(process.argv.slice(2))}\n`);
} catch (error) {
  const { message, code = "" } = error as NodeJS.ErrnoException;
  const usageIsWrong = error instanceof UsageError || code.startsWith("ERR_PARSE_ARGS");
  process.stderr.write(`${message}\n${usageIsWrong ? `\n${usage}` : ""}`);
  process.exitCode = usageIsWrong ? 2 : 1;
}
