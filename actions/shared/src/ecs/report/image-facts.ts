import type { Facts } from "../../summary/blocks.ts";
import { code, markup } from "../../summary/markup.ts";
import type { TaskDefinitionInput } from "../task-definition/task-definition.ts";

/** The image of each container. */
export function imageFacts({ containerDefinitions = [] }: TaskDefinitionInput): Facts {
  const images = containerDefinitions.flatMap(({ name = "", image }) => (image === undefined ? [] : [{ name, image }]));
  const [only] = images;
  if (only && images.length === 1) return { Image: code(only.image) };
  return { Images: images.map(({ name, image }) => markup`${name}: ${code(image)}`) };
}
