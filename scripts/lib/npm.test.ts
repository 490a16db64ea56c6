import { describe, expect, it } from "vitest";
import { explainNpmFailure } from "./npm.mjs";

const npmOutput = (code: string, text: string) =>
  [`code ${code}`, `errno ${code}`, text, "A complete log of this run can be found in: /home/me/.npm/_logs/x.log"]
    .map((line) => `npm error ${line}\n`)
    .join("");

describe("explainNpmFailure", () => {
  it.each([
    ["ENOSPC", "nospc write", "no space left on the disk", /Free up space/],
    [
      "EAI_AGAIN",
      "request to the registry failed, reason: getaddrinfo EAI_AGAIN",
      "request to the registry failed, reason: getaddrinfo EAI_AGAIN",
      /must be reachable for the first run\. Behind a proxy, set http_proxy/,
    ],
    [
      "SELF_SIGNED_CERT_IN_CHAIN",
      "request failed, reason: self-signed certificate in certificate chain",
      "request failed, reason: self-signed certificate in certificate chain",
      /NODE_EXTRA_CA_CERTS/,
    ],
    [
      "EUSAGE",
      "package.json and package-lock.json are not in sync",
      "package.json and package-lock.json are not in sync",
      /Fix the reported problem/,
    ],
  ])("%s", (code, text, reason, remedy) => {
    const explanation = explainNpmFailure(npmOutput(code, text), {});
    expect(explanation.reason).toBe(reason);
    expect(explanation.remedy).toMatch(remedy);
  });

  it("names the proxy, without its password", () => {
    const { remedy } = explainNpmFailure(npmOutput("ECONNREFUSED", "connect ECONNREFUSED"), {
      HTTPS_PROXY: "http://me:hunter2@proxy:3128",
    });
    expect(remedy).toContain("HTTPS_PROXY=http://…@proxy:3128");
    expect(remedy).not.toContain("hunter2");
  });

  it("has a reason even if npm prints none", () => {
    expect(explainNpmFailure("", {}).reason).toBe("no output");
    expect(explainNpmFailure("Killed\n", {}).reason).toBe("Killed");
  });
});
