// What init asks, writes, refuses and prints. That Terraform accepts the files, and that the roles are enough, is in
// test/roles; that act can deploy with them, in test/examples.
import { load } from "js-yaml";
import { describe, expect, it } from "vitest";
import { commit, dockerfile, Repository } from "./repository.ts";

const workflow = ".github/workflows/deploy.yml";

describe("init", () => {
  it("needs no option where remote, region, gh and Dockerfile say all", async () => {
    const repository = new Repository();
    const { code, outputs } = await repository.init();
    expect(code).toBe(0);
    expect(outputs["files"]).toEqual(
      [
        ".dockerignore",
        workflow,
        ".github/workflows/rollback.yml",
        "infra/.gitignore",
        "infra/versions.tf",
        "infra/main.tf",
        "infra/network.tf",
        "infra/github.tf",
      ].map((path) => ({ path, state: "new" })),
    );
    expect(load(repository.text(workflow))).toMatchObject({
      on: { push: { branches: ["main"] } },
      jobs: {
        build: { uses: `rainbow-seeker/deploy-toolkit/.github/workflows/build.yml@${commit}` },
        deploy: {
          uses: `rainbow-seeker/deploy-toolkit/.github/workflows/deploy-service.yml@${commit}`,
          with: { service: "my-shop", cluster: "my-shop", environment: "production", "aws-region": "ap-northeast-1" },
        },
      },
    });
    expect(repository.text("infra/github.tf")).toContain(`ref = "${commit}"`);
    expect(repository.text("infra/github.tf")).toMatch(/repository_id +=.456789\n +repository_owner_id +=.123456/);
    expect(repository.text("infra/main.tf")).toMatch(/ports = \[8080\], user = "1000"/);
  });

  it("changes nothing when it runs again, also by the command that it wrote down", async () => {
    const repository = new Repository();
    await repository.init({ reviewers: "octocat, hubot" });
    const before = new Map(repository.files);
    const again = await repository.init({ reviewers: "octocat, hubot" });
    expect(again.code).toBe(0);
    expect((again.outputs["files"] as { state: string }[]).map(({ state }) => state)).toEqual(
      Array.from({ length: before.size - 1 }, () => "unchanged"),
    );
    expect(repository.files).toEqual(before);

    const [, command = ""] = /^# npx \S+ init ((?:.*\\\n)*.*)$/m.exec(repository.text("infra/github.tf")) ?? [];
    const words = command.replaceAll(/\\\n# +/g, "").split(" ");
    const options = Object.fromEntries(
      words.flatMap((word, i) => (i % 2 === 0 ? [[word.slice(2), words[i + 1] ?? ""]] : [])),
    );
    expect(options).toMatchObject({ name: "my-shop", reviewers: "octocat,hubot", port: "8080" });
    // On another machine: without remote, gh and region.
    const elsewhere = new Repository();
    for (const program of Object.keys(elsewhere.programs)) delete elsewhere.programs[program];
    await elsewhere.init(options, { region: undefined });
    expect(elsewhere.files).toEqual(before);
  });

  it("does not overwrite a file that differs, shows how, and writes nothing else", async () => {
    const repository = new Repository({ Dockerfile: dockerfile, [workflow]: "name: Mine\n" });
    const { code, log } = await repository.init();
    expect(code).toBe(1);
    expect(log).toContain(`--- a/${workflow}\n+++ b/${workflow}\n@@ -1,1 +1,`);
    expect(log).toContain("\n-name: Mine\n+name: Deploy\n");
    expect(log).toContain("--force overwrites them");
    expect([...repository.files.keys()]).toEqual(["Dockerfile", workflow]);

    const forced = await repository.init({ force: "true" });
    expect(forced.code).toBe(0);
    expect(forced.log).toContain(`${workflow}: overwritten`);
    expect(repository.text(workflow)).toMatch(/^name: Deploy/);
  });

  it("keeps a .dockerignore, and says what it lacks", async () => {
    const repository = new Repository({ Dockerfile: dockerfile, ".dockerignore": "/.git/\n.github\nmine\n" });
    const { code, log } = await repository.init({ force: "true" });
    expect(code).toBe(0);
    expect(log).toContain(".dockerignore: exists, and is kept\n    it lacks infra, .env, *.md:");
    expect(repository.text(".dockerignore")).toBe("/.git/\n.github\nmine\n");
  });

  it("shows everything in a dry run, and writes nothing", async () => {
    const repository = new Repository();
    const { code, log } = await repository.init({ "dry-run": "true" });
    expect(code).toBe(0);
    expect(log).toContain(`--- /dev/null\n+++ b/${workflow}\n@@ -0,0 +1,`);
    expect(log).toContain("infra/main.tf: would be new");
    expect([...repository.files.keys()]).toEqual(["Dockerfile"]);
  });

  it("reports all problems at once", async () => {
    const repository = new Repository({});
    repository.programs["git -C"] = { code: 2 };
    const bad = {
      name: "My Shop",
      "health-path": "/x?y",
      "vpc-id": "vpc-1",
      reviewers: "a;b",
      ref: "main",
      "certificate-arn": "x",
    };
    const failure = await repository.init(bad, { region: undefined }).catch((error: Error) => error.message);
    for (const problem of [
      "dockerfile: there is no Dockerfile",
      "region: is required",
      "repository: is required",
      "repository-id: is required",
      'name: must be 2 to 32 lower-case letters, digits and single hyphens, beginning with a letter, for example my-service, not "My Shop"',
      'health-path: must be a path without a query, for example /health, not "/x?y"',
      'reviewers: must be GitHub logins, separated by commas, not "a;b"',
      'ref: must be a commit of 40 hexadecimal digits, or a tag such as v1, not "main"',
      "certificate-arn: must be the ARN of an ACM certificate",
      "url: is required with certificate-arn",
      "port: is required",
      "private-subnets: needs 1 or more",
      "service-security-group: is required",
      "public-subnets: needs 2 or more",
      "load-balancer-security-group: is required",
    ])
      expect(failure).toContain(problem);
    expect(repository.files.size).toBe(0);
  });

  it.each([
    ["name", 'x"\n}'],
    ["container", "a b"],
    ["branch", "main]\n"],
    ["environment", "a: b"],
    ["dockerfile", "../Dockerfile"],
    ["folder", "/infra"],
    ["state-bucket", "${x}"],
    ["user", "0"],
    ["port", "0"],
    ["way", "any"],
  ])("refuses %s: %j", async (name, value) => {
    const repository = new Repository({ Dockerfile: dockerfile, "../Dockerfile": dockerfile });
    await expect(repository.init({ [name]: value })).rejects.toThrow(`  ${name}: must be`);
    expect(repository.files.size).toBe(2);
  });

  it("quotes what YAML would take for something else", async () => {
    const repository = new Repository();
    await repository.init({ environment: "on", branch: "1.0", container: "true" });
    const text = repository.text(workflow);
    expect(load(text)).toMatchObject({
      on: { push: { branches: ["1.0"] } },
      jobs: { deploy: { with: { environment: "on", container: "true" } } },
    });
    expect(text).toContain('container: "true"');
  });

  it("asks at a terminal for what was not given, with the default", async () => {
    const repository = new Repository();
    const asked: [string, string][] = [];
    const ask = async (question: string, fallback: string) => {
      asked.push([question, fallback]);
      return question.startsWith("Port") ? "9000" : "";
    };
    await repository.init({ region: "eu-west-1" }, { ask });
    expect(asked.map(([, fallback]) => fallback)).toEqual(["somebody/My_Shop", "my-shop", "8080", "/", "true", ""]);
    expect(repository.text("infra/main.tf")).toContain("ports = [9000]");
    expect(repository.text("infra/network.tf")).toContain('"eu-west-1b"');
  });

  it("says why gh does not know the repository", async () => {
    const repository = new Repository();
    repository.programs["gh api"] = { code: 1, stderr: "gh: Not Found (HTTP 404)\n" };
    const lines: string[] = [];
    await expect(repository.init({}, { log: (line) => lines.push(line) })).rejects.toThrow(
      "repository-id: is required",
    );
    expect(lines).toContain("The IDs of somebody/My_Shop are not known; gh: gh: Not Found (HTTP 404)");
  });

  it("checks the health instead of a version that the service does not report", async () => {
    const repository = new Repository({ Dockerfile: "FROM nginx\nEXPOSE 80\n" });
    await repository.init({ "health-path": "/healthz" });
    const { jobs } = load(repository.text(workflow)) as { jobs: { deploy: { with: Record<string, string> } } };
    expect(jobs.deploy.with["checks"]).toBe("[{ path: /healthz }]");
    expect(jobs.deploy.with).not.toHaveProperty("expect-version");
  });

  it("creates no network and no load balancer where there are some", async () => {
    const repository = new Repository();
    const targetGroup = "arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/shop/0123456789abcdef";
    await repository.init({
      "private-subnets": "subnet-1,subnet-2",
      "service-security-group": "sg-1",
      "target-group-arn": targetGroup,
      "cluster-arn": "arn:aws:ecs:ap-northeast-1:123456789012:cluster/shared",
      url: "https://shop.example.com/",
    });
    expect(repository.files.has("infra/network.tf")).toBe(false);
    const main = repository.text("infra/main.tf");
    expect(main).not.toContain('module "cluster"');
    expect(main).toContain(`load_balancer     = { target_group_arn = "${targetGroup}" }`);
    expect(repository.text("infra/github.tf")).toContain("SERVICE_URL=https://shop.example.com/");
    expect(load(repository.text(workflow))).toMatchObject({ jobs: { deploy: { with: { cluster: "shared" } } } });
  });
});

describe("the next commands", () => {
  const commandsOf = async (options: Record<string, string> = {}) =>
    (await new Repository().init(options)).outputs["next"] as string[];

  it("are the ones that the log shows", async () => {
    const { log, outputs } = await new Repository().init();
    for (const command of outputs["next"] as string[]) expect(log).toContain(`\n${command}`);
  });

  it("make the environment with its rules before anything is pushed", async () => {
    const commands = await commandsOf({ reviewers: "octocat" });
    const at = (text: string) => commands.findIndex((command) => command.includes(text));
    expect(commands[at("--method PUT")]).toBe(
      `echo '{"reviewers":[{"type":"User","id":'"$(gh api users/octocat --jq .id)"'}],"prevent_self_review":true,"deployment_branch_policy":{"protected_branches":false,"custom_branch_policies":true}}' | gh api --method PUT repos/somebody/My_Shop/environments/production --input -`,
    );
    expect(at("terraform -chdir=infra apply")).toBeLessThan(at("gh variable set"));
    expect(at("deployment-branch-policies")).toBeLessThan(at("git push"));
  });

  it("name no location for the bucket in us-east-1", async () => {
    expect((await commandsOf({ region: "us-east-1" })).join()).not.toContain("LocationConstraint");
    expect((await commandsOf()).join()).toContain("LocationConstraint=ap-northeast-1");
  });
});
