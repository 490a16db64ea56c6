// What a build reads → its content tag: images, the part of the context that the Dockerfile names, arguments.
import { messageOf } from "../../shared/src/errors.ts";
import type { Log } from "../../shared/src/report.ts";
import { attestationContent } from "./attestations.ts";
import type { Base } from "./bases.ts";
import type { FoundBuilder } from "./builder.ts";
import { hashContent, type BuildContent, type Checkout } from "./content.ts";
import { isLink, readContext } from "./context.ts";
import { readsOf, type BuildReads } from "./dockerfile.ts";
import { readInstructions } from "./dockerfile/lines.ts";
import { followsLinks, pathFilter, wholeContext } from "./dockerfile/path-filter.ts";
import type { Inputs } from "./inputs.ts";
import { readNamedContexts, type NamedContent } from "./named-contexts.ts";
import type { TriggerLookup } from "./triggers.ts";

export interface Content {
  tag: string;
  version: string;
  bases: readonly Base[];
  /** Symbolic links count. */
  hasLinks: boolean;
  /**
   * To be called if there is no image with the tag, before it is built: looks for ONBUILD instructions in the base
   * images, with requests that an unchanged image should not cost. An image that exists was built after such a look.
   *
   * @returns the content with these instructions; undefined: there are none, and this one is right
   */
  ifNew?: () => Promise<Content | undefined>;
}

export interface ContentSource {
  inputs: Inputs;
  /** Text of the Dockerfile. */
  dockerfile: string;
  signer: string | undefined;
  /** For the version, and instead of the files of `.git` where a step runs git. */
  checkout: () => Promise<Checkout>;
  environment: NodeJS.ProcessEnv;
  log: Log;
}

/** What is known only with a builder and a registry. */
export interface Surroundings {
  builder: FoundBuilder;
  /** The images with their digests. */
  resolve: (references: string[]) => Promise<Base[]>;
  lookUpTriggers: TriggerLookup;
}

/** ONBUILD instructions of the images that were looked at; "unknown": a look failed, so that anything may be read. */
type Triggers = ReadonlyMap<string, readonly string[]> | "unknown";

type Part = Pick<BuildContent, "entries" | "reads">;

export class ContentReader {
  private readonly source: ContentSource;
  /** What has been read from the context, by what was to be read. */
  private readonly parts = new Map<string, Promise<Part>>();
  private readonly resolved = new Map<string, Base>();
  private readonly logged = new Set<string>();
  private namedContexts: Promise<NamedContent[]> | undefined;

  /** @throws ConfigurationError for a Dockerfile that no builder understands */
  constructor(source: ContentSource) {
    readInstructions(source.dockerfile);
    this.source = source;
  }

  /**
   * Begins to read the context, before the builder is known: it seldom changes what is to be read.
   *
   * @param expect gets the images that will probably have to be resolved
   */
  begin(expect: (images: string[]) => void = () => undefined): void {
    try {
      const reads = this.readsFor({ kind: "buildx", platform: undefined }, this.knownTriggers);
      expect(imagesIn(reads));
      // What is wrong is reported where the result is needed.
      Promise.all([this.partOf(reads, "buildx"), this.readContexts()]).catch(() => undefined);
    } catch {
      // Here too: it may be right for the builder.
    }
  }

  /** @param triggers "unknown" if it is not certain what base images and contexts bring: then everything counts */
  async read(surroundings: Surroundings, triggers: Triggers = this.knownTriggers): Promise<Content> {
    const { inputs, dockerfile, signer, log } = this.source;
    const { builder } = surroundings;
    const reads = this.readsFor(builder, triggers);
    const [{ commit, dirty }, bases, part, contexts] = await Promise.all([
      this.source.checkout(),
      this.resolve(reads, surroundings),
      this.partOf(reads, builder.kind),
      this.readContexts(),
    ]);
    const found = triggers === "unknown" ? new Map() : new Map([...triggers, ...triggersIn(bases, reads)]);
    if (triggers !== "unknown" && hasMore(found, triggers)) return this.read(surroundings, found);
    const hash = hashContent({
      ...part,
      dockerfile,
      buildArgs: reads.buildArgs,
      target: inputs.target,
      platforms: this.platformsFor(builder),
      bases,
      triggers: found,
      contexts,
      attestations: attestationContent(inputs),
      signer,
    });
    const content: Content = {
      tag: `content-${hash}`,
      bases,
      hasLinks: part.entries.some(isLink),
      version: dirty ? `${commit}-dirty-${hash.slice(0, 8)}` : commit,
    };
    log(describe(content, part, inputs.context));
    const unseen = bases.filter(({ reference }) => reads.bases.has(reference) && !found.has(reference));
    if (triggers === "unknown" || unseen.length === 0) return content;
    return { ...content, ifNew: () => this.withTriggers(unseen, { reads, known: found, surroundings }) };
  }

  /** An image that a context replaces may have any instructions: they cannot be assigned to a name any more. */
  private get knownTriggers(): Triggers {
    return this.source.inputs.buildContexts.size > 0 ? "unknown" : new Map();
  }

  private readContexts(): Promise<NamedContent[]> {
    const { inputs, dockerfile } = this.source;
    return (this.namedContexts ??= readNamedContexts(inputs.buildContexts, dockerfile));
  }

  private async resolve(reads: BuildReads, { resolve }: Surroundings): Promise<Base[]> {
    const missing = imagesIn(reads).filter((reference) => !this.resolved.has(reference));
    for (const base of missing.length > 0 ? await resolve(missing) : []) this.resolved.set(base.reference, base);
    // ONBUILD instructions only bring more.
    return [...this.resolved.values()];
  }

  private async withTriggers(
    unseen: readonly Base[],
    options: { reads: BuildReads; known: ReadonlyMap<string, readonly string[]>; surroundings: Surroundings },
  ): Promise<Content | undefined> {
    const { reads, known, surroundings } = options;
    const found = new Map<string, readonly string[]>();
    try {
      await Promise.all(
        unseen.map(async (base) => {
          const platforms = reads.bases.get(base.reference) ?? new Set();
          const instructions = await surroundings.lookUpTriggers(base, platforms);
          if (instructions.length > 0) found.set(base.reference, instructions);
        }),
      );
    } catch (error) {
      this.source.log(
        `${messageOf(error)} Everything in the context and every build argument counts, because they may use it.`,
      );
      return this.read(surroundings, "unknown");
    }
    return found.size > 0 ? this.read(surroundings, new Map([...known, ...found])) : undefined;
  }

  private readsFor(builder: Pick<FoundBuilder, "kind" | "platform">, triggers: Triggers): BuildReads {
    const { inputs, dockerfile } = this.source;
    const reads = readsOf(dockerfile, {
      buildArgs: inputs.buildArgs,
      target: inputs.target,
      platforms: this.platformsFor(builder),
      buildPlatform: builder.platform ?? runnerPlatform(),
      isClassic: builder.kind === "classic",
      triggers: triggers === "unknown" ? new Map() : triggers,
    });
    return triggers === "unknown" ? { ...reads, paths: undefined, buildArgs: inputs.buildArgs } : reads;
  }

  /** Without platforms the builder builds for itself. */
  private platformsFor({ platform }: Pick<FoundBuilder, "platform">): string[] {
    const { inputs, environment } = this.source;
    if (inputs.platforms.length > 0) return inputs.platforms;
    return [environment["DOCKER_DEFAULT_PLATFORM"] || (platform ?? runnerPlatform())];
  }

  /** What is said of the context is true however often it is read. */
  private readonly logOnce = (line: string): void => {
    if (!this.logged.has(line)) this.source.log(line);
    this.logged.add(line);
  };

  private partOf(reads: BuildReads, kind: FoundBuilder["kind"]): Promise<Part> {
    const ignoreFile = kind === "classic" ? "classic" : "buildkit";
    const key = JSON.stringify([reads.paths, reads.git, ignoreFile]);
    const part = this.parts.get(key) ?? this.readPart(reads, ignoreFile);
    this.parts.set(key, part);
    return part;
  }

  private async readPart({ paths, git }: BuildReads, ignoreFile: "buildkit" | "classic"): Promise<Part> {
    const { context, dockerfile } = this.source.inputs;
    const commit = async () => (await this.source.checkout()).commit;
    const options = { ignoreFile, commit, log: this.logOnce };
    if (paths !== undefined) {
      const entries = await readContext(context, dockerfile, { ...options, filter: pathFilter(paths, git) });
      if (!(await followsLinks(context, paths, entries))) return { entries, reads: "named" };
    }
    const filter = git === "no" ? undefined : wholeContext(git);
    return { entries: await readContext(context, dockerfile, { ...options, filter }), reads: "all" };
  }
}

const imagesIn = ({ images, frontend }: BuildReads): string[] => [
  ...images,
  ...(frontend === undefined ? [] : [frontend]),
];

const runnerPlatform = (): string => `linux/${process.arch === "x64" ? "amd64" : process.arch}`;

/** Of those that the engine has, it is known without another request. */
const triggersIn = (bases: readonly Base[], reads: BuildReads): [string, readonly string[]][] =>
  bases.flatMap(({ reference, triggers }) => (triggers && reads.bases.has(reference) ? [[reference, triggers]] : []));

/** Whether an image has instructions that were not known before. */
const hasMore = (found: ReadonlyMap<string, readonly string[]>, before: ReadonlyMap<string, unknown>): boolean =>
  [...found].some(([image, instructions]) => instructions.length > 0 && !before.has(image));

function describe({ bases, tag }: Content, { entries, reads }: Part, context: string): string {
  return [
    `${entries.length} files, links and folders in ${context}${reads === "named" ? " that the Dockerfile names" : ""}`,
    ...bases.map(({ reference, digest }) => `  from ${reference} (${digest})`),
    `  ${tag}`,
  ].join("\n");
}
