// Starts the development environment, docker-compose.yml, and installs what it needs.
import { mkdir } from "node:fs/promises";
import { ensureBaseImages } from "../../infra/local/base-images.ts";
import { ensureCompose } from "../../infra/local/compose.ts";
import {
  composePort,
  composeRuns,
  composeUp,
  development,
  foreignComposeOwner,
  publishedPorts,
} from "../../infra/local/development.ts";
import { ensureEngine } from "../../infra/local/engine.ts";
import { checkDevelopmentMachine } from "../../infra/local/machine.ts";
import { stateDir } from "../../infra/local/paths.ts";
import { Problem } from "../../infra/local/problem.ts";
import { Progress, runExclusively } from "../../infra/local/progress.ts";

await runExclusively("npm run dev", async () => {
  if (process.argv.length > 2)
    throw new Problem(
      `dev has no option ${process.argv.slice(2).join(" ")}.`,
      "npm run dev; settings are in .env, explained in .env.example",
    );
  const other = await foreignComposeOwner(development);
  if (other !== undefined)
    throw new Problem(
      `The development environment of another checkout, ${other}, is running, and there can be one at a time.`,
      `Stop it there, then run the command again: (cd ${other} && npm stop).`,
    );
  await mkdir(stateDir, { recursive: true });
  const progress = new Progress(5);
  await progress.step("This machine", async () =>
    checkDevelopmentMachine((await composeRuns()) ? {} : await publishedPorts(development)),
  );
  await progress.step("Docker engine", ensureEngine);
  await progress.step("Base images", ensureBaseImages);
  await progress.step("Docker Compose", ensureCompose);
  await progress.step("Services", (note) => composeUp(development, note));

  const [api, ml, postgres, redis] = await Promise.all([
    composePort(development, "api", 3000),
    composePort(development, "ml-system", 5000),
    composePort(development, "postgres", 5432),
    composePort(development, "redis", 6379),
  ]);
  console.log(`
  api          http://localhost:${api}/    restarts on each change in api/src
  ml-system    http://localhost:${ml}/    restarts on each change in ml/src; reads ml/model at startup
  PostgreSQL   localhost:${postgres}, database shiojiri_rainbow, roles postgres, rainbow_app (passwords: .env.example)
  Redis        localhost:${redis}

Next:
  npm run seed                           a thousand made-up sightings around Shiojiri
  docker compose logs -f api ml-system   their logs
  npm run dev                            again, after a change of packages or a new file in api/migrations
  npm stop                               stop it; data is kept in volumes (-- --purge removes it)

total time: ${progress.elapsed}`);
});
