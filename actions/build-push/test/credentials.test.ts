// Credentials of docker's configuration, with which base images in other registries are found.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { simulatedClock } from "../../shared/test/scripted-aws.ts";
import { Passwords } from "../src/credentials.ts";
import { readSettings } from "../src/docker-session.ts";
import { buildPush, checkout, Docker, folder } from "./fixture.ts";
import { ScriptedRegistry } from "./scripted-registry.ts";

describe("docker's credentials for other registries", () => {
  const basic = (text: string) => Buffer.from(text).toString("base64");

  /** docker with credential helpers: host → user and password. */
  function withHelper(name: string, entries: Record<string, { Username: string; Secret: string }>): Docker {
    const docker = new Docker();
    const { run } = docker;
    docker.run = async (command, options) => {
      if (!command[0]?.startsWith("docker-credential-")) return run(command, options);
      const entry = command[0] === `docker-credential-${name}` ? entries[options?.input ?? ""] : undefined;
      if (!entry) return { code: 1, stdout: "credentials not found in native keychain", stderr: "" };
      return { code: 0, stdout: JSON.stringify(entry), stderr: "" };
    };
    return docker;
  }

  it.each<[string, (host: string) => object, string, string]>([
    ["a helper of the host", (host) => ({ credHelpers: { [host]: "cloud" } }), "me", "pw"],
    ["a store without an entry for the host", () => ({ credsStore: "cloud" }), "me", "pw"],
    [
      "a helper, which comes before the file",
      (host) => ({ credsStore: "cloud", auths: { [host]: { auth: basic("old:old") } } }),
      "me",
      "pw",
    ],
    [
      "the file, if the helper has nothing",
      (host) => ({ credsStore: "other", auths: { [`https://${host}/v1/`]: { auth: basic("me:pw") } } }),
      "nobody",
      "",
    ],
  ])("%s", async (_where, settings, Username, Secret) => {
    const other = await ScriptedRegistry.start();
    other.push("1", {}, "base");
    other.bearer = { token: "closed", for: basic("me:pw") };
    checkout.write("api/Dockerfile", `FROM ${other.host}/team/base:1\n`);
    writeFileSync(join(folder, "config.json"), JSON.stringify(settings(other.host)));
    const docker = withHelper("cloud", { [other.host]: { Username, Secret } });
    expect(await buildPush({}, { docker, environment: { DOCKER_CONFIG: folder } })).toMatchObject({ skipped: false });
    await other.stop();
  });

  it("an identity token, which the registry exchanges", async () => {
    const other = await ScriptedRegistry.start();
    other.push("1", {}, "base");
    other.bearer = { token: "closed", for: "identity" };
    checkout.write("api/Dockerfile", `FROM ${other.host}/team/base:1\n`);
    writeFileSync(join(folder, "config.json"), JSON.stringify({ credsStore: "cloud" }));
    const docker = withHelper("cloud", { [other.host]: { Username: "<token>", Secret: "identity" } });
    expect(await buildPush({}, { docker, environment: { DOCKER_CONFIG: folder } })).toMatchObject({ skipped: false });
    await other.stop();
  });

  it.each<[string, object]>([
    ["its older name", { auths: { "https://index.docker.io/v1/": { auth: basic("me:pw") } } }],
    ["its name", { auths: { "docker.io": { auth: basic("me:pw") } } }],
    ["a helper of its older name", { credHelpers: { "https://index.docker.io/v1/": "cloud" } }],
    ["a store", { credsStore: "cloud" }],
  ])("of Docker Hub are found under %s, and a helper is asked once", async (_where, settings) => {
    writeFileSync(join(folder, "config.json"), JSON.stringify(settings));
    let asked = 0;
    const passwords = new Passwords({
      ecr: () => expect.unreachable(),
      ownHost: undefined,
      run: async (_command, options) => {
        asked += 1;
        expect(options?.input).toBe("https://index.docker.io/v1/");
        return { code: 0, stdout: JSON.stringify({ Username: "me", Secret: "pw" }), stderr: "" };
      },
      clock: simulatedClock(0),
      environment: { DOCKER_CONFIG: folder },
    });
    const found = await Promise.all([1, 2].map(() => passwords.basic("registry-1.docker.io")));
    expect(found).toEqual([basic("me:pw"), basic("me:pw")]);
    expect(asked).toBe("auths" in settings ? 0 : 1);
  });

  it("of ECR come from AWS, unless there is a helper for just that registry", async () => {
    const other = "210987654321.dkr.ecr.eu-west-1.amazonaws.com";
    const helped = "345678901234.dkr.ecr.eu-west-1.amazonaws.com";
    const own = "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com";
    const credHelpers = { [own]: "ecr-login", [helped]: "ecr-login" };
    writeFileSync(join(folder, "config.json"), JSON.stringify({ credsStore: "cloud", credHelpers }));
    const passwords = new Passwords({
      ecr: () => expect.unreachable(),
      ownHost: own,
      run: async () => ({ code: 0, stdout: JSON.stringify({ Username: "AWS", Secret: "helper" }), stderr: "" }),
      clock: simulatedClock(0),
      environment: { DOCKER_CONFIG: folder },
    });
    const hosts = [own, other, helped, "ghcr.io"];
    expect(await Promise.all(hosts.map((host) => passwords.isFromAws(host)))).toEqual([true, true, false, false]);
    expect(await passwords.basic(helped)).toBe(basic("AWS:helper"));
  });

  it("a configuration that is no JSON is reported with its path", async () => {
    writeFileSync(join(folder, "config.json"), "{");
    await expect(readSettings({ DOCKER_CONFIG: folder })).rejects.toThrow(
      `${join(folder, "config.json")}: docker's configuration is no JSON`,
    );
  });
});
