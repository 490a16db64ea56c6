// The worker as a task starts it: beside requests, from settings, and without a key.
import { createServer } from "node:http";
import { afterAll, expect, it } from "vitest";
import { readServiceConfig } from "../../src/config.ts";
import { createService } from "../../src/service.ts";
import { listen, logTo, runApi, version } from "../running-api.ts";
import { openMeteo } from "../weather/shapes.ts";
import { json, weatherServer } from "../weather/weather-server.ts";

const api = await runApi("notification_service");
const weather = await weatherServer((url, response, request) => {
  const hour = Math.floor(Date.now() / 3_600_000) * 3600;
  json(openMeteo(hour - 4 * 3600, 5 + Number(url.searchParams.get("forecast_hours"))))(url, response, request);
});
const ml = await weatherServer(json({ probability: 0.4, look: null, commit: "abc" }));
afterAll(() => Promise.all([api.stop(), weather.close(), ml.close()]));

it("records what it cannot send, says so once, shows it in its metrics, and stops", async () => {
  const lines: string[] = [];
  const config = readServiceConfig({
    ...api.environment,
    ML_URL: ml.origin,
    WEATHER_PROVIDER: "open-meteo",
    WEATHER_URL: weather.origin,
    FIREBASE_PROJECT_ID: "rainbow-tests",
    FIREBASE_SERVICE_ACCOUNT_KEY: "not-set",
  });
  const { token } = await api.register();
  await api.call("POST", "/api/places", { token, body: { name: "home", lat: 36.11, lon: 137.95 } });
  await api.call("PATCH", "/api/notifications/settings", { token, body: { quiet: null } });

  const service = createService({ config, version, log: logTo((line) => lines.push(line)) });
  const server = createServer(service.app);
  const url = await listen(server);
  const status = async () =>
    (await api.call("GET", "/api/notifications", { token })).body.data.notifications[0]?.status;
  await expect.poll(status, { timeout: 18_000, interval: 200 }).toBe("not-configured");
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('notifications_total{status="not-configured"} 1');
  expect(metrics).toMatch(/^notification_last_run_age_seconds /m);
  expect(lines.filter((line) => line.includes("are recorded and not sent"))).toHaveLength(1);

  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await service.close();
  expect(lines.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
}, 30_000);
