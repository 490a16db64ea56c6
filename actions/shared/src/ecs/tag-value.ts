/** Of what ECS takes in a tag: letters, numbers, spaces and + - = . _ : / @, 256 characters. */
export const tagValue = (text: string): string =>
  text
    .replaceAll(/[^\p{L}\p{N}\s+\-=._:/@]/gu, " ")
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, 256);
