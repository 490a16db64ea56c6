// A walk through the whole system as a user: a prediction through the load balancer, a sighting stored and read back.
import { randomBytes, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root, serviceUrl } from "./paths.ts";
import { Problem } from "./problem.ts";

const shiojiri = { lat: 36.11, lon: 137.95 };

interface RecordedObservation {
  source: string;
  observation: Record<string, number>;
  history: object[];
}

interface Prediction {
  probability: number;
  times_usual: number;
  gate: string;
  sun: { elevation: number; azimuth: number };
  look: { azimuth: number; top_elevation: number } | null;
  model: { version: string };
}

async function call<T>(method: string, path: string, options: { body?: unknown; token?: string } = {}): Promise<T> {
  const response = await fetch(`${serviceUrl}${path}`, {
    method,
    headers: {
      "content-type": "application/json",
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (!response.ok)
    throw new Problem(
      `${method} ${serviceUrl}${path} answered ${response.status}: ${text.slice(0, 300)}`,
      "Run npm run status to see what is running, and npm run logs for the services' logs.",
    );
  return (JSON.parse(text) as { data: T }).data;
}

/** 16:00 in Japan today: in the hour before, the sun is between 0° and 42° high on every day of the year. */
function fourInTheAfternoon(now: Date): string {
  const day = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" }).format(now);
  return `${day}T16:00:00+09:00`;
}

/** @returns human-readable lines */
export async function demonstratePrediction(now = new Date()): Promise<string[]> {
  const recorded = JSON.parse(
    await readFile(join(root, "ml/examples/recorded-observation.json"), "utf8"),
  ) as RecordedObservation;
  const at = fourInTheAfternoon(now);
  // Hours ahead need a permit: docs/weather.md.
  const body = { ...shiojiri, at, lead_h: 0, observation: recorded.observation, history: recorded.history };
  const { probability, times_usual, sun, look, model } = await call<Prediction>("POST", "api/predictions", { body });
  const where = look
    ? `look towards ${look.azimuth.toFixed(0)}°, up to ${look.top_elevation.toFixed(0)}° high`
    : "no rainbow at this height of the sun";
  const sunText = `sun ${sun.elevation.toFixed(1)}° high at ${sun.azimuth.toFixed(0)}°`;
  return [
    `Shiojiri, ${at.slice(0, 16).replace("T", " ")} JST, the hour before: ${sunText}; ${where}`,
    `chance of a rainbow ${(probability * 100).toFixed(1)} %, ${times_usual} times the usual, model ${model.version}`,
    `(recorded weather, not Shiojiri's: ${recorded.source})`,
  ];
}

export async function demonstrateSighting(): Promise<string[]> {
  const account = {
    email: `visitor-${randomUUID()}@example.com`,
    password: randomBytes(12).toString("hex"),
    displayName: "Visitor",
  };
  const { token } = await call<{ token: string }>("POST", "api/auth/register", { body: account });
  const seenAt = new Date().toISOString();
  const { id } = await call<{ id: string }>("POST", "api/sightings", {
    token,
    body: { ...shiojiri, seenAt, intensity: 4, note: "stored by npm start" },
  });
  const read = await call<{ lat: number; lon: number; seenAt: string }>("GET", `api/sightings/${id}`);
  if (read.seenAt !== seenAt)
    throw new Problem(`The sighting ${id} was not read back as it was stored.`, "This is a bug in api.");
  return [`sighting ${id} at ${read.lat}, ${read.lon} stored in PostgreSQL and read back`];
}
