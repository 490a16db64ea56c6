// Platforms as BuildKit spells them (containerd/platforms), and the arguments that it sets from them.

interface Platform {
  os: string;
  architecture: string;
  variant: string;
}

const architectures: Record<string, string> = {
  i386: "386",
  x86_64: "amd64",
  "x86-64": "amd64",
  aarch64: "arm64",
  armhf: "arm",
  armel: "arm",
};

/** @param text such as "linux/amd64" or "linux/arm/v7" */
function parsePlatform(text: string): Platform {
  const [os = "", written = "", variant = ""] = text.toLowerCase().split("/");
  const architecture = architectures[written] ?? written;
  return { os, architecture, variant: variantOf(written, architecture, variant) };
}

function variantOf(written: string, architecture: string, variant: string): string {
  if (written === "armhf") return "v7";
  if (written === "armel") return "v6";
  if (architecture === "arm") return variant === "" ? "v7" : variant.replace(/^(?=[5-8]$)/, "v");
  if (architecture === "arm64" && /^v?8(\.0)?$/.test(variant)) return "";
  return architecture === "386" || (architecture === "amd64" && variant === "v1") ? "" : variant;
}

const format = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter((part) => part !== "").join("/");

/** "linux/x86_64" → "linux/amd64" */
export const normalPlatform = (text: string): string => format(parsePlatform(text));

/** TARGETARCH and the like: set before the first FROM, and in a stage that declares them. */
export function platformArguments(target: string, builder: string): Map<string, string> {
  const values = (prefix: string, platform: Platform): [string, string][] => [
    [`${prefix}PLATFORM`, format(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant],
  ];
  return new Map([...values("BUILD", parsePlatform(builder)), ...values("TARGET", parsePlatform(target))]);
}
