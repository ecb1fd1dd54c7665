/** `npm run docs`: writes what the documents say of the code and can be read off it. */
import { writeFileSync } from "node:fs";
import { DOCUMENT, documentAsItShouldBe } from "./configuration-tables.js";

writeFileSync(DOCUMENT, documentAsItShouldBe());
