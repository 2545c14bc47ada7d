// npm test: all test files, see the runner. Names as arguments (`npm test -- rooms seats`) run those only.
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runFiles } from "../../tests/e2e/support/runner.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const wanted = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".test.js"))
  .map((file) => file.slice(0, -".test.js".length))
  .filter((name) => wanted.length === 0 || wanted.some((one) => name.startsWith(one)));
// What takes longest first.
names.sort((one, other) => (other === "chaos") - (one === "chaos"));
await runFiles(names.map((name) => ({ name, file: `${name}.test.js` })), folder);
