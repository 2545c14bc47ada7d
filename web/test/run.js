// npm test: all test files, see the runner. Names as arguments (`npm test -- rooms seats`) run those only.
import { fileURLToPath } from "node:url";
import { runFiles, testNames } from "../../tests/e2e/support/runner.js";

const folder = fileURLToPath(new URL(".", import.meta.url));
const names = testNames(folder);
// What takes longest first.
names.sort((one, other) => (other === "chaos") - (one === "chaos"));
await runFiles(names.map((name) => ({ name, file: `${name}.test.js` })), folder);
