// A second model beside the first: compared, counted, logged, and never in the way.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { ModelError, type Predict, sha256Of } from "../src/model-file.ts";
import { loadModel } from "../src/model.ts";
import { createMonitor } from "../src/monitor.ts";
import { createShadow, loadShadow } from "../src/shadow.ts";
import { afternoon, modelFolder, runMl, shiojiri } from "./running-ml.ts";

const model = await loadModel(modelFolder);
const path = join(modelFolder, "model.onnx");
const { sha256 } = model.card;
const question = { ...shiojiri, at: afternoon, observation: { rain_mm: 0.4, sunshine_h: 0.3 } };

async function runWithShadow(predict: Predict | undefined) {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: "info" },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const monitor = createMonitor(model.reference);
  const shadow = createShadow({ predict, sha256, registry: monitor.registry, log });
  return { ...(await runMl({ model, monitor, shadow })), shadow, logged: lines };
}

describe("loadShadow", () => {
  it("takes a model for the same features, by its sum", async () => {
    const predict = await loadShadow({ path, sha256 }, model);
    const row = Float32Array.from(model.reference.features, ({ median }) => median);
    expect(await predict([row])).toEqual(await model.predict([row]));
  });

  it("refuses another file, and one that is no model", async () => {
    await expect(loadShadow({ path, sha256: "0".repeat(64) }, model)).rejects.toThrow(ModelError);
    const other = join(makeTestFolder("shadow-"), "other.onnx");
    writeFileSync(other, "no model");
    await expect(loadShadow({ path: other, sha256: sha256Of(readFileSync(other)) }, model)).rejects.toThrow(
      /protobuf/i,
    );
    await expect(loadShadow({ path: "/nowhere.onnx", sha256 }, model)).rejects.toThrow("ENOENT");
  });
});

describe("the shadow", () => {
  it("is asked what the model was asked; both scores are logged and counted, and the answer is the model's", async () => {
    const ml = await runWithShadow(async (rows) => rows.map((_, index) => 0.5 + index / 10));
    const { body } = await ml.call("POST", "/v1/predict/batch", {
      questions: [question, { ...question, at: "2026-11-24T15:00:00Z", observation: {} }, question],
    });
    await ml.shadow.idle();
    expect(body.predictions[0].probability).toBe((await ml.predict(question)).body.probability);
    expect(body.predictions[0].probability).not.toBe(0.5);
    const line = ml.logged.find(({ msg }) => msg === "shadow model");
    expect(line).toMatchObject({ shadow: sha256, shadow_scores: [0.5, 0.6] });
    expect((line!["scores"] as number[])[0]).toBeCloseTo(body.predictions[0].probability, 3);
    await ml.shadow.idle();
    const { text } = await ml.call("GET", "/metrics");
    expect(text).toContain("ml_shadow_loaded 1");
    expect(text).toContain('ml_shadow_rows_total{outcome="compared"} 3');
    expect(text).toContain("ml_shadow_absolute_difference_count 3");
    await ml.stop();
  });

  it.each([
    ["throws", () => Promise.reject(new Error("out of memory"))],
    ["answers with what is no probability", async (rows: Float32Array[]) => rows.map(() => Number.NaN)],
  ])("that %s changes no answer", async (_what, predict) => {
    const [plain, ml] = [await runMl({ model }), await runWithShadow(predict)];
    expect((await ml.predict(question)).body).toEqual((await plain.predict(question)).body);
    await ml.shadow.idle();
    expect((await ml.call("GET", "/metrics")).text).toContain('ml_shadow_rows_total{outcome="failed"} 1');
    expect(ml.logged.some(({ msg }) => msg === "shadow model failed")).toBe(true);
    expect((await ml.call("GET", "/ready")).status).toBe(200);
    await Promise.all([plain.stop(), ml.stop()]);
  });

  it("that could not be loaded, or is too slow, is counted and costs nothing", async () => {
    const missing = await runWithShadow(undefined);
    expect((await missing.predict(question)).status).toBe(200);
    expect((await missing.call("GET", "/metrics")).text).toContain("ml_shadow_loaded 0");
    await missing.stop();

    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    const registry = new Registry();
    const shadow = createShadow({
      predict: async (rows) => {
        await held;
        return rows.map(() => 0.1);
      },
      sha256,
      registry,
      log: pino({ level: "silent" }),
    });
    const rows = Array.from({ length: 1000 }, () => new Float32Array(21));
    for (let batch = 0; batch < 6; batch += 1)
      shadow.scored?.(
        rows,
        rows.map(() => 0.1),
        0,
      );
    release();
    await shadow.idle();
    const text = await registry.metrics();
    expect(text).toContain('ml_shadow_rows_total{outcome="compared"} 4000');
    expect(text).toContain('ml_shadow_rows_total{outcome="skipped"} 2000');
  });
});
