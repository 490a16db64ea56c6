import { describe, expect, it } from "vitest";
import { detect } from "../../src/init/detect.ts";

const found = (dockerfile: string, files: Record<string, string> = {}) =>
  detect(async (path) => files[path], `FROM base\n${dockerfile}\n`);

describe("detect", () => {
  it.each<[string, string | undefined]>([
    ["EXPOSE 8080", "8080"],
    ["EXPOSE 3000/tcp 9000", "3000"],
    ["EXPOSE 53/udp\nENV PORT=8000", "8000"],
    ["ENV NODE_ENV=production PORT=4000", "4000"],
    ['ENV PORT "4000"', "4000"],
    ["EXPOSE $PORT", undefined],
    ["EXPOSE 80\nFROM other\nRUN true", undefined],
    ["FROM other\nEXPOSE 81", "81"],
    ["ENV SUPPORT=1", undefined],
  ])("port in %j: %s", async (dockerfile, port) => {
    expect((await found(dockerfile)).port).toBe(port);
  });

  it.each<[string, string | undefined]>([
    ["USER 1000", "1000"],
    ["USER 1000:1000", "1000:1000"],
    ["USER node", undefined],
    ["USER 0", undefined],
    ["USER 1000\nUSER root", undefined],
  ])("user in %j: %s", async (dockerfile, user) => {
    expect((await found(dockerfile)).user).toBe(user);
  });

  it.each<[string, string | undefined]>([
    ["HEALTHCHECK CMD curl -f http://localhost:8080/healthz || exit 1", "/healthz"],
    ['HEALTHCHECK --interval=5s CMD ["wget", "-q", "http://127.0.0.1/ready"]', "/ready"],
    ["HEALTHCHECK CMD node healthcheck.js", undefined],
    ["HEALTHCHECK NONE", undefined],
  ])("health check in %j: %s", async (dockerfile, path) => {
    expect((await found(dockerfile)).healthPath).toBe(path);
  });

  it.each<[string, boolean]>([
    ["ARG COMMIT", true],
    ['ARG COMMIT=""', true],
    ["ARG OTHER COMMIT", true],
    ["ARG COMMITTER", false],
    ["ARG COMMIT\nFROM other", false],
  ])("commit in %j: %s", async (dockerfile, takesCommit) => {
    expect((await found(dockerfile)).takesCommit).toBe(takesCommit);
  });

  it.each<[string, string, string, string, string | undefined]>([
    ["package.json", '{"dependencies":{"express":"5"}}', "Express", "3000", undefined],
    ["pyproject.toml", 'dependencies = ["fastapi"]', "FastAPI", "8000", undefined],
    ["requirements.txt", "Flask==3.1\n", "Flask", "5000", undefined],
    [
      "pom.xml",
      "<artifactId>spring-boot-starter-actuator</artifactId>",
      "Spring Boot with Actuator",
      "8080",
      "/actuator/health",
    ],
    ["Gemfile", 'gem "rails"', "Rails", "3000", "/up"],
  ])("%s with %s is %s", async (file, text, framework, port, healthPath) => {
    expect(await found("", { [file]: text })).toMatchObject({ framework, port, healthPath });
  });

  it("takes the Dockerfile's word rather than the framework's", async () => {
    expect(await found("EXPOSE 81", { "package.json": '{"dependencies":{"next":"16"}}' })).toMatchObject({
      framework: "Next.js",
      port: "81",
    });
  });

  it("ignores what tools write, unless the image gets it", async () => {
    expect((await found("COPY . .", { "package.json": "{}" })).ignored).toEqual(["node_modules", "coverage"]);
    expect((await found("COPY target/app.jar /", { "pom.xml": "" })).ignored).toEqual(["build", ".gradle"]);
  });

  it("knows no language without a manifest", async () => {
    expect(await found("")).toMatchObject({ language: undefined, framework: undefined, port: undefined, ignored: [] });
  });
});
