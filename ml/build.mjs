// One file each for the service, its health check and the calibration; onnxruntime-node stays outside because it loads
// a native library.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts", "src/healthcheck.ts", "src/calibrate.ts"],
  outdir: "dist",
  // Readable, as a stack trace leads here: source maps would take 50 MB of memory with the first error.
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  external: ["onnxruntime-node"],
  // Some dependencies are CommonJS and ask for Node's own modules with require.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
});
