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
  private readonly tokens = new Map<string, Promise<{ token: string; expires: number }>>();

  constructor(options: PasswordOptions) {
    this.options = options;
  }

  isEcr(host: string): boolean {
    return host === this.options.ownHost || ecrHost.test(host);
  }

  /** What docker logs in with. Renewed if less than `minimumValidity` milliseconds are left. */
  async ofEcr(host: string, minimumValidity = 0): Promise<Password> {
    const { token, expires } = await this.token(host, minimumValidity);
    const [user = "", ...password] = Buffer.from(token, "base64").toString().split(":");
    return { user, password: password.join(":"), expires };
  }

  /** "user:password" in base64; undefined if no credentials are configured. */
  basic = async (host: string): Promise<string | undefined> =>
    this.isEcr(host) ? (await this.token(host, 0)).token : this.fromDocker(host);

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

  private async fromDocker(host: string): Promise<string | undefined> {
    const { auths = {}, credHelpers = {}, credsStore } = await readSettings(this.options.environment);
    // docker's configuration has Docker Hub under an older name.
    const names =
      host === "registry-1.docker.io" ? ["https://index.docker.io/v1/", "docker.io"] : [host, `https://${host}`];
    for (const name of names) {
      if (auths[name]?.auth) return auths[name].auth;
      const helper = credHelpers[name] ?? (auths[name] ? credsStore : undefined);
      if (!helper) continue;
      const { code, stdout } = await this.options.run([`docker-credential-${helper}`, "get"], { input: name });
      if (code !== 0) continue;
      const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
      return Buffer.from(`${Username}:${Secret}`).toString("base64");
    }
    return undefined;
  }
}
