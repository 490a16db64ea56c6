// The URLs that modules/cache gives to api, from its own tests: what is parsed here is what the module makes.
import { terraformRuns } from "../lib/terraform-test.ts";

/** URL by the name of the `run` in modules/cache/tests/url.tftest.hcl. */
export async function urlsOfCacheModule(): Promise<Record<string, string>> {
  const runs = await terraformRuns<never, { outputs: { url: { value: string } } }>({
    folder: "infra/modules/cache",
    file: "url.tftest.hcl",
  });
  return Object.fromEntries(runs.flatMap(({ name, state }) => (state ? [[name, state.outputs.url.value]] : [])));
}

/** The same URL with a server of the test in it; all else is as the module made it. */
export function at(url: string | undefined, port: number | undefined, host = "localhost"): string {
  if (url === undefined) throw new Error("modules/cache made no such URL");
  const replaced = new URL(url);
  replaced.hostname = host;
  replaced.port = String(port);
  return replaced.href;
}
