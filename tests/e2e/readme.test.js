// What the README says that nothing else shows: its first script, each option with its default, where
// run.sh keeps the secret, and links.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import readline from "node:readline";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { Inbox } from "./support/deadline.js";
import { isReference, run, Server } from "./support/server.js";

const root = new URL("../../", import.meta.url);
const readme = readFileSync(new URL("README.md", root), "utf8");
const here = fileURLToPath(new URL(".", import.meta.url));

/** Options in backquotes, without the two dashes. */
const optionsIn = (text) => [...text.matchAll(/`--([a-z-]+)[=`]/g)].map(([, name]) => name);

const factors = { MiB: 2 ** 20, GiB: 2 ** 30, ms: 1, s: 1000, min: 60_000, minutes: 60_000 };

/** The numbers in a text: bytes, pieces, and times in milliseconds. */
function numbersIn(text) {
  const all = text.matchAll(/(\d{1,3}(?:,\d{3})+|\d+) ?(MiB|GiB|ms|s|minutes|min)?\b/g);
  return [...all].map(([, digits, unit]) => Number(digits.replaceAll(",", "")) * (factors[unit] ?? 1));
}

/** Each option that `--help` prints, with its default if it has one. */
async function help() {
  const { stdout } = await run(["--help"]);
  const entries = stdout.split(/^  --/m).slice(1).map((entry) => entry.replace(/\s+/g, " "));
  return new Map(entries.map((entry) => [/^[a-z-]+/.exec(entry)[0], /\[([^\]]*)\]/.exec(entry)?.[1]]));
}

/** What links can name in a page: its headings, as GitHub spells them. */
const anchorsIn = (text) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(
    ([, heading]) => `#${heading.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")}`,
  );

/** The table of limits: what stands under "default", and the options beside it. */
const limits = readme
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 6 && optionsIn(cells[3]).length > 0)
  .map(([, what, value, option]) => ({ what, value, options: optionsIn(option) }));

describe("the README", { skip: isReference && "reference: is not described there" }, () => {
  it("has a first script that says what it promises", async (t) => {
    const [, script] = /```js\n([^]*?)```/.exec(readme);
    const server = await Server.start();
    t.after(() => server.kill());
    const program = script
      .replaceAll("http://localhost:8080", server.url)
      .replace("setTimeout(() => process.exit(), 2000);", "");
    assert.notEqual(program.length, script.length);
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      cwd: here, // where the stock client is
      stdio: ["ignore", "pipe", "inherit"],
    });
    t.after(() => child.kill("SIGKILL"));
    const said = new Inbox("what the script says");
    readline.createInterface({ input: child.stdout }).on("line", (line) => said.push(line));
    const lines = await said.take(3, "line");
    assert.deepEqual(lines.sort(), ["alice has opened it", "bob hears: hello", "bob is in room-1"]);
  });

  it("names options that there are", async () => {
    const known = await help();
    const named = optionsIn(readme).filter((name) => name !== "prefix"); // of CMake
    assert.ok(named.length > 40, `${named.length} options`);
    assert.deepEqual(named.filter((name) => !known.has(name) && name !== "help"), []);
  });

  it("says their defaults", async () => {
    const known = await help();
    assert.ok(limits.length > 15, `${limits.length} limits`);
    for (const { what, value, options } of limits) {
      const defaults = options.map((name) => numbersIn(known.get(name))[0]);
      assert.deepEqual(numbersIn(value), defaults, what);
    }
  });

  it("says where run.sh keeps the secret", (t) => {
    const [, name, modes] = /`~\/(\S+)` \(mode 600, in a folder of mode (\d+)\)/.exec(readme);
    const home = mkdtempSync(path.join(tmpdir(), "signaler-home-"));
    t.after(() => rmSync(home, { recursive: true }));
    const [definition] = /^secret_option\(\) \{[^]*?^\}/m.exec(readFileSync(new URL("run.sh", root), "utf8"));
    const optionBeside = (...options) =>
      execFileSync("bash", ["-c", `${definition}\nsecret_option "$@"`, "run.sh", ...options], {
        env: { PATH: process.env.PATH, HOME: home },
        encoding: "utf8",
      });
    for (const own of ["--secret-file=mine", "--config-file=signaler.conf"]) assert.equal(optionBeside(own), "");
    assert.equal(existsSync(path.join(home, name)), false);
    assert.equal(optionBeside("--port=9000"), `--secret-file=${home}/${name}\n`);
    assert.equal((statSync(path.dirname(path.join(home, name))).mode & 0o777).toString(8), modes);
  });

  it("links to what is there, as the others do", () => {
    for (const one of ["README.md", "web/README.md", "tests/README.md", "tests/e2e/README.md", "bench/README.md"]) {
      const page = new URL(one, root);
      const prose = readFileSync(page, "utf8").replace(/```[^]*?```/g, "");
      for (const [, link] of prose.matchAll(/(?:\]\(|src=")([^)"\s]+)/g)) {
        if (/^https?:/.test(link)) continue;
        const target = new URL(link, page);
        assert.ok(existsSync(target), `${one}: ${link}`);
        if (target.hash) assert.ok(anchorsIn(readFileSync(target, "utf8")).includes(target.hash), `${one}: ${link}`);
      }
    }
  });
});
