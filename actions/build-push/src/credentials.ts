// Registry passwords: ECR's from AWS, those of other registries from docker's configuration.
import { GetAuthorizationTokenCommand, type ECRClient } from "@aws-sdk/client-ecr";
import { withAwsErrorContext } from "../../shared/src/aws.ts";
import type { Clock } from "../../shared/src/clock.ts";
import type { RunProcess } from "../../shared/src/process.ts";
import { required } from "../../shared/src/required.ts";
import { readSettings, type Password } from "./docker-session.ts";

/** Account and region of an ECR host, including dual-stack, FIPS and China. */
const ecrHost =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([\w-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$/;

export const isEcrHost = (host: string): boolean => ecrHost.test(host);

/** Of an ECR token, 12 hours. Milliseconds. */
const defaultValidity = 12 * 3_600_000;

export interface PasswordOptions {
  /** Client for a region; default: the job's. */
  ecr: (region?: string) => ECRClient;
  /** Host of the repository, which may differ from the one that ECR reports (input registry). */
  ownHost: string | undefined;
  run: RunProcess;
  clock: Clock;
  environment: NodeJS.ProcessEnv;
}

export class Passwords {
  private readonly options: PasswordOptions;
  private readonly others = new Map<string, Promise<string | undefined>>();
  private readonly tokens = new Map<string, Promise<{ token: string; expires: number }>>();

  constructor(options: PasswordOptions) {
    this.options = options;
  }

  /**
   * Whether the password comes from AWS: that of the repository's registry, and of another one of ECR unless the user has
   * a helper for just that one, which may be for another role.
   */
  async isFromAws(host: string): Promise<boolean> {
    if (host === this.options.ownHost) return true;
    if (!isEcrHost(host)) return false;
    const { credHelpers = {} } = await readSettings(this.options.environment);
    return !credHelpers[host];
  }

  /** What docker logs in with. Renewed if less than `minimumValidity` milliseconds are left. */
  async ofEcr(host: string, minimumValidity = 0): Promise<Password> {
    const { token, expires } = await this.token(host, minimumValidity);
    const [user = "", ...password] = Buffer.from(token, "base64").toString().split(":");
    return { user, password: password.join(":"), expires };
  }

  /** "user:password" in base64; undefined if no credentials are configured. The user of an identity token is <token>. */
  basic = async (host: string): Promise<string | undefined> =>
    (await this.isFromAws(host)) ? (await this.token(host, 0)).token : this.ofOther(host);

  /** Asked for once: a helper is a program, and may ask a service. */
  private ofOther(host: string): Promise<string | undefined> {
    const known = this.others.get(host) ?? this.fromDocker(host);
    this.others.set(host, known);
    return known;
  }

  private async token(host: string, minimumValidity: number): Promise<{ token: string; expires: number }> {
    // A token is valid for every registry of the region that the role can access.
    const region = ecrHost.exec(host)?.[2] ?? "";
    const cached = await this.tokens.get(region);
    if (cached && cached.expires - this.options.clock.now() > minimumValidity) return cached;
    const requested = this.requestToken(region || undefined);
    this.tokens.set(region, requested);
    return requested;
  }

  private async requestToken(region: string | undefined): Promise<{ token: string; expires: number }> {
    const { authorizationData = [] } = await withAwsErrorContext(
      "ecr:GetAuthorizationToken",
      this.options.ecr(region).send(new GetAuthorizationTokenCommand({})),
    );
    const [data] = authorizationData;
    return {
      token: required(data?.authorizationToken, "ecr:GetAuthorizationToken: authorizationToken"),
      expires: data?.expiresAt?.getTime() ?? this.options.clock.now() + defaultValidity,
    };
  }

  /** As docker does it: a helper for the host, else the store for all hosts, else the configuration itself. */
  private async fromDocker(host: string): Promise<string | undefined> {
    const { auths = {}, credHelpers = {}, credsStore } = await readSettings(this.options.environment);
    // docker's configuration has Docker Hub under an older name.
    const name = host === "registry-1.docker.io" ? "https://index.docker.io/v1/" : host;
    const helper = credHelpers[name] ?? credsStore;
    const kept = helper ? await this.fromHelper(helper, name) : undefined;
    if (kept) return kept;
    const names = host === "registry-1.docker.io" ? ["index.docker.io", "docker.io"] : [host];
    const entry = auths[name] ?? Object.entries(auths).find(([written]) => names.includes(hostIn(written)))?.[1];
    return entry?.identitytoken ? base64(`${identityUser}:${entry.identitytoken}`) : entry?.auth || undefined;
  }

  /** A helper that is missing or fails has no credentials: the registry may not need any. */
  private async fromHelper(helper: string, name: string): Promise<string | undefined> {
    try {
      const { code, stdout } = await this.options.run([`docker-credential-${helper}`, "get"], { input: name });
      const { Username, Secret } = JSON.parse(code === 0 ? stdout : "{}") as { Username?: string; Secret?: string };
      return Username && Secret ? base64(`${Username}:${Secret}`) : undefined;
    } catch {
      return undefined;
    }
  }
}

/** In place of a user name, if the password is a token that the registry exchanges for others. */
export const identityUser = "<token>";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** Older configurations have "https://host/v1/" for a host. */
const hostIn = (name: string): string => name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
