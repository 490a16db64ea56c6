// @ts-check
// Remedies for network errors: a misconfigured proxy is as likely a cause as the network. Plain JavaScript, because
// scripts/run.mjs uses it.

const variables = [
  "https_proxy",
  "HTTPS_PROXY",
  "http_proxy",
  "HTTP_PROXY",
  "npm_config_https_proxy",
  "npm_config_proxy",
];

/**
 * What to do if a host cannot be reached. Names the configured proxy, without its user and password.
 * @param {string} what
 * @param {NodeJS.ProcessEnv} [environment]
 */
export function networkRemedy(what, environment = process.env) {
  const used = variables
    .filter((name) => environment[name])
    .map((name) => `${name}=${environment[name]?.replace(/\/\/[^@/]*@/, "//…@")}`);
  const requirement = `${what} must be reachable for the first run`;
  if (used.length > 0)
    return `${requirement}, through the configured proxy (${used.join(", ")}): check that it is correct and responds.`;
  return `${requirement}. Behind a proxy, set http_proxy, https_proxy and no_proxy=localhost,127.0.0.1.`;
}
