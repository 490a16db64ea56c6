// An entry file each for the service, its migrations and its health check; argon2 and sharp stay outside because they load native libraries.
import { build } from "esbuild";

await build({
  entryPoints: ["src/main.ts", "src/migrate.ts", "src/healthcheck.ts"],
  outdir: "dist",
  bundle: true,
  // Readable, as a stack trace leads here: source maps would take 45 MB of memory with the first error.
  // What few requests need is loaded with the first of them.
  splitting: true,
  platform: "node",
  target: "node24",
  format: "esm",
  external: ["@node-rs/argon2", "sharp", "leaflet", "pg-native"],
  // Some dependencies are CommonJS and ask for Node's own modules with require.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
});
