// What GitHub and AWS enforce in the workflows that deploy, and act does not: order, approval, concurrency, records.
import { describe, expect, it } from "vitest";
import { evaluate } from "../evaluate-expression.ts";
import { jobsOf, read, reusable, workflow, type Job } from "../read-workflows.ts";

describe("what a deployment leaves", () => {
  const deploying = reusable.flatMap((path) =>
    jobsOf(path)
      .filter(([, { steps = [] }]) =>
        steps.some(
          ({ uses, run }) => /^\$\/actions\/(deploy|rollback)$/.test(uses ?? "") || /terraform apply/.test(run ?? ""),
        ),
      )
      .map(([name, job]): [string, string, Job] => [path, name, job]),
  );

  it("is in jobs that deploy, roll back or apply", () => {
    expect(deploying.map(([path, name]) => `${path}: ${name}`)).toEqual([
      "workflows/deploy-service.yml: deploy",
      "workflows/rollback-service.yml: rollback",
      "workflows/terraform.yml: apply",
    ]);
  });

  // GitHub records a deployment of each job with an environment: who, which commit, when, outcome and URL.
  it.each(deploying)("%s, job %s: a deployment in GitHub, with the URL of the service", (path, _name, job) => {
    const { url } = workflow(path).on.workflow_call!.inputs;
    expect(job.environment).toEqual({
      name: "${{ inputs.environment }}",
      ...(url === undefined ? {} : { url: "${{ inputs.url }}" }),
    });
  });

  const emergency = "workflows/emergency-service.yml";
  it.each([
    ...deploying.filter(([path]) => !path.endsWith("/terraform.yml")),
    ...Object.entries(workflow(emergency).jobs).map(([name, job]) => [emergency, name, job] as const),
  ])("%s, job %s: a post of how it ended, however it ended, as the last step", (path, _name, { steps = [] }) => {
    const last = steps.at(-1);
    expect(last?.uses).toBe("$/actions/notify");
    expect(last?.if).toMatch(/^always\(\) && (!inputs\.(plan|dry-run)|inputs\.step != 'status')$/);
    expect(last?.with).toMatchObject({
      "webhook-url": "${{ secrets.notify-webhook-url }}",
      outcome: "${{ job.status }}",
    });
    // A secret is given to the one step that needs it.
    expect(read(path).match(/secrets\.notify-webhook-url/g)).toHaveLength(1);
  });
});

describe("concurrency", () => {
  const concurrencyOf = (name: string) => workflow(`.github/workflows/${name}`).concurrency;

  it("keeps every pending rollback, backup and step of an emergency", () => {
    for (const name of ["rollback.yml", "backup.yml", "emergency.yml"])
      expect(concurrencyOf(name)).toMatchObject({ "cancel-in-progress": false, queue: "max" });
  });

  it("deploys one after the other, and of those that wait only the newest", () => {
    expect(concurrencyOf("deploy.yml")).toMatchObject({ "cancel-in-progress": false });
    expect(concurrencyOf("deploy.yml")).not.toHaveProperty("queue");
  });

  it("never cancels tests that a deployment waits for", () => {
    expect(concurrencyOf("test.yml")).toEqual({
      group: "test-${{ github.event_name == 'pull_request' && github.ref || github.run_id }}",
      "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
    });
  });
});

describe("deploy-service.yml", () => {
  const [[, job] = []] = jobsOf("workflows/deploy-service.yml");
  const smokeTests = (stopped: Record<string, string>) => {
    const steps = Object.fromEntries(
      Object.entries(stopped).map(([id, value]) => [id, { outputs: { stopped: value } }]),
    );
    const inputs = { url: "https://example.com/", "dependency-service": "ml", plan: false };
    return (job?.steps ?? [])
      .filter(({ uses }) => uses === "$/actions/smoke-test")
      .filter(({ if: condition }) => evaluate(condition!, { inputs, steps: { deploy: {}, dependency: {}, ...steps } }));
  };

  it("has no smoke test while an emergency keeps one of the services at 0", () => {
    expect(smokeTests({ deploy: "false", dependency: "false" })).toHaveLength(2);
    expect(smokeTests({ deploy: "true", dependency: "false" })).toEqual([]);
    expect(smokeTests({ deploy: "false", dependency: "true" })).toEqual([]);
  });
});
