// Files of the model that are not what they must be: they are named, and nothing is served.
import { spawn } from "node:child_process";
import { cpSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { makeTestFolder } from "../../test/lib/test-folder.ts";
import { ModelError } from "../src/model-file.ts";
import { loadModel, proveModel } from "../src/model.ts";
import { modelFolder, runMl } from "./running-ml.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

/** A copy of the model, with files changed: undefined removes one. */
function changed(change: (path: string) => void): string {
  const folder = makeTestFolder("model-");
  cpSync(modelFolder, folder, { recursive: true });
  change(folder);
  return folder;
}
const edit = (folder: string, name: string, change: (content: any) => unknown) => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, "utf8")))));
};

describe("loadModel", () => {
  it("loads the shipped one, which reproduces its golden vectors", async () => {
    const model = await loadModel(modelFolder);
    expect(await model.selfTest()).toBeLessThan(1e-6);
    await proveModel(model);
  });

  it("refuses a model of which one byte is another", async () => {
    const folder = changed((path) => {
      const bytes = readFileSync(join(path, "model.onnx"));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(path, "model.onnx"), bytes);
    });
    await expect(loadModel(folder)).rejects.toThrow(/model\.onnx: has SHA-256 [0-9a-f]{64}, its card names/);
  });

  it("names every problem of every file at once", async () => {
    const folder = changed((path) => {
      edit(path, "model-card.json", (card) => ({
        ...card,
        features: ["moon_phase", ...card.features.slice(1)],
        usual_rate: { 0: 0.02 },
      }));
      edit(path, "golden.json", (vectors) => [{ ...vectors[0], probability: 2 }]);
      writeFileSync(join(path, "reference.json"), "{");
    });
    const refused = loadModel(folder);
    await expect(refused).rejects.toThrow(ModelError);
    await expect(refused).rejects.toThrow(
      /moon_phase is not a feature[\s\S]*lead of 6 h[\s\S]*golden\.json: 0\.probability[\s\S]*reference\.json: is not JSON/,
    );
  });

  it.each([
    [
      "golden vectors of another width",
      "golden.json",
      (vectors: any) => [{ ...vectors[0], features: [1] }],
      "21 features",
    ],
    [
      "a reference of other features",
      "reference.json",
      (reference: any) => ({ ...reference, features: reference.features.toReversed() }),
      "in that order",
    ],
    [
      "a reference with a share too few",
      "reference.json",
      (reference: any) => ({ ...reference, features: [{ ...reference.features[0], shares: [1] }] }),
      "one share more",
    ],
  ])("refuses %s", async (_what, name, change, words) => {
    await expect(loadModel(changed((path) => edit(path, name, change)))).rejects.toThrow(words);
  });

  it("tells a model that computes something else by its golden vectors", async () => {
    const folder = changed((path) =>
      edit(path, "golden.json", ([first, ...vectors]) => [
        { ...first, probability: first.probability + 0.001 },
        ...vectors,
      ]),
    );
    const model = await loadModel(folder);
    await expect(proveModel(model)).rejects.toThrow(/golden vectors/);
    const ml = await runMl({ model });
    const { status, body } = await ml.call("GET", "/ready");
    expect({ status, body }).toMatchObject({
      status: 503,
      body: { status: "not-ready", checks: { model: { ok: false } } },
    });
    // What cannot be computed is not ready, either.
    const broken = await runMl({ model: { ...model, selfTest: async () => Number.NaN } });
    expect((await broken.call("GET", "/ready")).status).toBe(503);
    await Promise.all([ml.stop(), broken.stop()]);
  });
});

describe("the process", () => {
  const start = async (environment: Record<string, string>, change: (folder: string) => void = () => {}) => {
    const folder = makeTestFolder("ml-");
    for (const name of ["src", "model", "package.json"])
      cpSync(join(root, name), join(folder, name), { recursive: true });
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    change(folder);
    const child = spawn(process.execPath, [join(folder, "src/main.ts")], {
      env: { ...process.env, PORT: "0", LOG_LEVEL: "silent", ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    for await (const chunk of child.stderr) said += String(chunk);
    return { said, code: child.exitCode ?? (await new Promise((resolve) => child.once("exit", resolve))) };
  };

  it("says what is wrong with the model's files and ends", async () => {
    const { said, code } = await start({}, (folder) =>
      edit(join(folder, "model"), "model-card.json", (card) => ({ ...card, sha256: "0".repeat(64) })),
    );
    expect(code).toBe(1);
    expect(said).toMatch(/^The model is not usable:\n {2}model\.onnx: has SHA-256/);
    expect(said).not.toContain("    at ");
  }, 30_000);

  it("says what is wrong with the calibration and ends", async () => {
    const { said, code } = await start({ SITE_CALIBRATION: "/nowhere/sites.json" });
    expect(code).toBe(1);
    expect(said).toMatch(/^The site calibration \/nowhere\/sites\.json is not usable:\n {2}ENOENT/);
  }, 30_000);
});
