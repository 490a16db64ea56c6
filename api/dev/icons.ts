// Draws the icons of the installed page anew: `node dev/icons.ts`, in api/.
import { writeFile } from "node:fs/promises";
import sharp from "sharp";
import { iconSvg } from "../src/features/page/icon.ts";

const entries: string[] = [];
for (const size of [192, 512]) {
  const png = await sharp(Buffer.from(iconSvg), { density: 72 * (size / 16) })
    .resize(size, size)
    .png({ palette: true, compressionLevel: 9 })
    .toBuffer();
  entries.push(`  ${size}:\n    "${png.toString("base64")}",`);
}
const text = `// PNG files in base64, drawn by dev/icons.ts: what installs a page takes no other pictures everywhere.
export const pngIcons = {
${entries.join("\n")}
} as const;
`;
await writeFile(new URL("../src/features/page/png-icons.ts", import.meta.url), text);
