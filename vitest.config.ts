import { defineConfig } from "vitest/config";

// Projects by what they need: `unit` and `bundles` nothing but Node, `ml` its model; `api` PostgreSQL and Redis in Docker.
const project = (
  name: string,
  include: string[],
  more: { globalSetup?: string[]; [option: string]: unknown } = {},
) => ({
  test: {
    name,
    include,
    ...more,
    setupFiles: ["test/lib/remove-folders.ts", "test/lib/seed.ts"],
    globalSetup: ["test/lib/leave-nothing.ts", ...(more.globalSetup ?? [])],
  },
});

export default defineConfig({
  test: {
    // vitest leaves one free for itself, of which two would be half.
    maxWorkers: "100%",
    // npm run coverage; nothing is enforced.
    coverage: {
      include: ["actions/*/src/**/*.ts", "cli/src/**/*.ts", "infra/local/**/*.{ts,mjs}", "scripts/lib/**/*.ts"],
    },
    projects: [
      project(
        "unit",
        [
          "actions/*/test/*.test.ts",
          "cli/**/*.test.ts",
          "scripts/**/*.test.ts",
          "infra/**/*.test.ts",
          "test/terraform-mutations/*.test.ts",
        ],
        {
          // A limit for what hangs: in simulated time an hour is seconds of work, and more of them on a busy machine.
          testTimeout: 30_000,
        },
      ),
      // Policies as Terraform makes them: needs Terraform and its AWS provider.
      project("roles", ["test/roles/*.test.ts"], { globalSetup: ["test/roles/setup.ts"], testTimeout: 30_000 }),
      project("terraform", ["test/terraform/*.test.ts"], { testTimeout: 60_000, hookTimeout: 240_000 }),
      // What Terraform would make, from an apply with a mocked provider.
      project("infrastructure", ["test/infrastructure/*.test.ts", "test/alarms/*.test.ts"], {
        globalSetup: ["test/infrastructure/setup.ts"],
      }),
      project("bundles", ["test/bundles/*.test.ts"], { testTimeout: 30_000 }),
      project("ml", ["ml/test/**/*.test.ts"], { env: { ORT_DISABLE_TELEMETRY: "1" } }),
      project("conditions", ["test/conditions/*.test.ts"], { testTimeout: 90_000, hookTimeout: 60_000 }),
      project("browser", ["test/browser/*.test.ts"], {
        testTimeout: 30_000,
        hookTimeout: 60_000,
        env: { ORT_DISABLE_TELEMETRY: "1" },
      }),
      // Backups of a real PostgreSQL, of whichever major version is installed where they run. Each file waits more than it works.
      project("postgres", ["actions/db-backup/test/postgres/*.test.ts"], {
        testTimeout: 180_000,
        hookTimeout: 180_000,
        maxWorkers: 4,
      }),
      // Whole databases, several at a time on one server: of the major version RAINBOW_POSTGRES, or the newest installed.
      project("databases", ["actions/db-backup/test/postgres/databases/*.test.ts"], {
        testTimeout: 600_000,
        hookTimeout: 180_000,
        maxConcurrency: 3,
      }),
      // Requests made from the OpenAPI document of api.
      project("schemathesis", ["test/schemathesis/*.test.ts"], {
        globalSetup: ["api/test/services.ts"],
        hookTimeout: 60_000,
        env: { ORT_DISABLE_TELEMETRY: "1" },
      }),
      // One file after the other: a role belongs to the whole server, and each file migrates a database of its own.
      // test/contracts connects api to servers as the Terraform modules describe them.
      project("api", ["api/test/**/*.test.ts", "test/contracts/*.test.ts"], {
        fileParallelism: false,
        globalSetup: ["api/test/services.ts"],
        testTimeout: 20_000,
        hookTimeout: 60_000,
      }),
    ],
  },
});
