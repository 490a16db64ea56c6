// @ts-check
// What npm's own words mean for the person who has to mend it. Plain JavaScript, as scripts/run.mjs, which uses it.
import { networkRemedy } from "../../infra/local/proxies.mjs";

/**
 * @param {string} output
 * @param {NodeJS.ProcessEnv} environment
 * @returns {{ reason: string, remedy: string }}
 */
export function whyNpmFailed(output, environment) {
  const lines = output
    .split("\n")
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, "").trim());
  const code = lines.find((line) => line.startsWith("code "))?.slice(5) ?? "";
  // npm repeats itself and points to its log; what it has to say stands in the lines after the code.
  const reason =
    lines
      .filter((line) => line !== "" && !/^(code|errno|syscall|A complete log)/.test(line))
      .slice(0, 3)
      .join("\n  ") ||
    output.trim().split("\n").at(-1) ||
    "it said nothing";
  if (code === "ENOSPC" || /no space left/i.test(output))
    return { reason: "no space is left on the disk", remedy: "Make room: the packages need some 600 MB." };
  if (/CERT|certificate/i.test(`${code} ${reason}`)) {
    return {
      reason,
      remedy:
        "The network inspects TLS: name its certificate authority, NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt.",
    };
  }
  if (
    /^(E?CONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|EIDLETIMEOUT|EPROTO)/.test(code) ||
    /network|proxy/i.test(reason)
  ) {
    return { reason, remedy: networkRemedy("The package registry", environment) };
  }
  return { reason, remedy: "Mend what npm names, then run the same command again." };
}
