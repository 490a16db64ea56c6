// What the files of a repository say about its service: language, port, user, health check, version.
import { readInstructions, type Instruction } from "../../../actions/build-push/src/dockerfile/lines.ts";

export type Language = "dotnet" | "go" | "java" | "node" | "php" | "python" | "ruby" | "rust";

export interface Detected {
  language: Language | undefined;
  framework: string | undefined;
  port: string | undefined;
  user: string | undefined;
  healthPath: string | undefined;
  /** Whether the Dockerfile takes the commit, which build-push gives to it, so that the service can report it. */
  takesCommit: boolean;
  /** Folders that the language's tools write, and that no COPY names. */
  ignored: string[];
}

/** @returns the text of a file of the repository, undefined if there is none */
export type ReadFile = (path: string) => Promise<string | undefined>;

/** The first file that exists decides. */
const manifests: [Language, string[]][] = [
  ["node", ["package.json"]],
  ["python", ["pyproject.toml", "requirements.txt", "Pipfile"]],
  ["go", ["go.mod"]],
  ["java", ["pom.xml", "build.gradle", "build.gradle.kts"]],
  ["ruby", ["Gemfile"]],
  ["php", ["composer.json"]],
  ["rust", ["Cargo.toml"]],
  ["dotnet", ["Program.cs"]],
];

const written: Record<Language, string[]> = {
  dotnet: ["bin", "obj"],
  go: [],
  java: ["build", "target", ".gradle"],
  node: ["node_modules", "coverage"],
  php: ["vendor"],
  python: ["__pycache__", ".venv", ".pytest_cache"],
  ruby: ["log", "tmp"],
  rust: ["target"],
};

interface Framework {
  name: string;
  language: Language;
  dependency: RegExp;
  /** Port that its server listens on unless it is configured. */
  port: string;
  /** Path of the health check that it comes with. */
  healthPath?: string;
}

const frameworks: Framework[] = [
  { name: "Next.js", language: "node", dependency: /"next"\s*:/, port: "3000" },
  { name: "Nuxt", language: "node", dependency: /"nuxt"\s*:/, port: "3000" },
  { name: "NestJS", language: "node", dependency: /"@nestjs\/core"\s*:/, port: "3000" },
  { name: "Express", language: "node", dependency: /"express"\s*:/, port: "3000" },
  { name: "Fastify", language: "node", dependency: /"fastify"\s*:/, port: "3000" },
  { name: "FastAPI", language: "python", dependency: /\b(fastapi|uvicorn)\b/i, port: "8000" },
  { name: "Django", language: "python", dependency: /\bdjango\b/i, port: "8000" },
  { name: "Flask", language: "python", dependency: /\bflask\b/i, port: "5000" },
  // https://docs.spring.io/spring-boot/reference/actuator/endpoints.html
  {
    name: "Spring Boot with Actuator",
    language: "java",
    dependency: /spring-boot-starter-actuator/,
    port: "8080",
    healthPath: "/actuator/health",
  },
  { name: "Spring Boot", language: "java", dependency: /spring-boot/, port: "8080" },
  // rails new writes the route since 7.1: https://guides.rubyonrails.org/7_1_release_notes.html
  { name: "Rails", language: "ruby", dependency: /\brails\b/, port: "3000", healthPath: "/up" },
];

/** @param dockerfile text of the Dockerfile */
export async function detect(read: ReadFile, dockerfile: string): Promise<Detected> {
  const { language, framework } = await detectLanguage(read);
  const { instructions } = readInstructions(dockerfile);
  const fromDockerfile = detectInStage(
    instructions.slice(instructions.findLastIndex(({ keyword }) => keyword === "FROM")),
  );
  const copied = instructions.filter(({ keyword }) => keyword === "COPY" || keyword === "ADD").map(({ rest }) => rest);
  const isCopied = (folder: string) => copied.some((rest) => rest.split(/[\s/"]+/).includes(folder));
  return {
    language,
    framework: framework?.name,
    ignored: language === undefined ? [] : written[language].filter((folder) => !isCopied(folder)),
    ...fromDockerfile,
    port: fromDockerfile.port ?? framework?.port,
    healthPath: fromDockerfile.healthPath ?? framework?.healthPath,
  };
}

async function detectLanguage(
  read: ReadFile,
): Promise<{ language: Language | undefined; framework: Framework | undefined }> {
  for (const [language, files] of manifests) {
    const texts = (await Promise.all(files.map(read))).filter((text) => text !== undefined);
    if (texts.length === 0) continue;
    const all = texts.join("\n");
    return { language, framework: frameworks.find((one) => one.language === language && one.dependency.test(all)) };
  }
  return { language: undefined, framework: undefined };
}

/** @param stage the last one, which is deployed */
function detectInStage(stage: Instruction[]): Omit<Detected, "language" | "framework" | "ignored"> {
  const last = (keyword: string) => stage.findLast((one) => one.keyword === keyword)?.rest.trim();
  const exposed = stage.find(({ keyword }) => keyword === "EXPOSE")?.rest;
  const variable = stage
    .filter(({ keyword }) => keyword === "ENV")
    .map(({ rest }) => /(?:^|\s)PORT[= ]["']?(\d+)\b/.exec(rest)?.[1])
    .findLast((value) => value !== undefined);
  return {
    port: /^(\d+)(\/tcp)?(\s|$)/.exec(exposed?.trim() ?? "")?.[1] ?? variable,
    user: /^([1-9]\d*)(:\d+)?$/.exec(last("USER") ?? "")?.[0],
    healthPath: stage.map(pathOfHealthCheck).findLast((path) => path !== undefined),
    takesCommit: stage.some(({ keyword, rest }) => keyword === "ARG" && /(^|\s)COMMIT(=|\s|$)/.test(rest)),
  };
}

/** /health of: HEALTHCHECK CMD curl -f http://localhost:8080/health */
function pathOfHealthCheck({ keyword, rest }: Instruction): string | undefined {
  if (keyword !== "HEALTHCHECK") return undefined;
  return /https?:\/\/(?:localhost|127\.0\.0\.1)(?::\S+?)?(\/[A-Za-z0-9/._~-]*)/.exec(rest)?.[1];
}
