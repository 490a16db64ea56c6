// Setup file of every test file.
import { afterAll } from "vitest";
import { removeTestFolders } from "./test-folder.ts";

afterAll(removeTestFolders);
