import { commandLine } from "./main.ts";

void commandLine(process.argv.slice(2));
