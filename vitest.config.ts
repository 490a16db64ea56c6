import { defineConfig } from "vitest/config";

// Projects by what they need: `unit` nothing but Node; the others say it in their name.
export default defineConfig({
  test: {
    projects: [{ test: { name: "unit", include: ["actions/**/*.test.ts", "cli/**/*.test.ts", "scripts/**/*.test.ts", "infra/**/*.test.ts"] } }],
  },
});
