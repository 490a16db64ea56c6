// Both languages.
import type { Language } from "../../http/problems.ts";
import { en } from "./words.en.ts";
import { ja } from "./words.ja.ts";
import type { Words } from "./words.ts";

export const wordsOf: Record<Language, Words> = { en, ja };
