// One file each for the service, its health check and the calibration; onnxruntime-node stays outside because it loads
// a native library.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts", "src/healthcheck.ts", "src/calibrate.ts"],
  outdir: "dist",
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  sourcemap: "linked",
  sourcesContent: false,
  external: ["onnxruntime-node"],
  // Some dependencies are CommonJS and ask for Node's own modules with require.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
});
