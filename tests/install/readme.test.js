// The programs in README.md, as they stand there: built by the project in find_package, talked to
// by the stock client. README_PROGRAMS names the folder with their binaries.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import readline from "node:readline";
import { after, before, describe, it } from "node:test";
import { within } from "../e2e/support/deadline.js";
import { Peer } from "../e2e/support/peer.js";

/** A program that prints `port N`, and ends when a line comes. */
class Program {
  static async start(name) {
    const program = new Program();
    program.child = spawn(path.join(process.env.README_PROGRAMS, name), { stdio: "pipe" });
    process.once("exit", () => program.child.kill("SIGKILL"));
    program.errors = "";
    program.child.stderr.setEncoding("utf8").on("data", (text) => (program.errors += text));
    program.exited = new Promise((resolve) => program.child.once("close", resolve));
    const lines = readline.createInterface({ input: program.child.stdout });
    const line = await within(new Promise((resolve) => lines.once("line", resolve)), `${name}'s port`);
    program.url = `http://127.0.0.1:${/^port (\d+)$/.exec(line)[1]}`;
    return program;
  }

  /** Nothing is to be heard from it but the port. */
  async end() {
    this.child.stdin.write("\n");
    assert.equal(await within(this.exited, "the program's end"), 0, this.errors);
    assert.equal(this.errors, "");
  }
}

/** The arguments of the next such event. */
const next = (peer, event) =>
  within(new Promise((resolve) => peer.socket.once(event, (...args) => resolve(args))), event);
const ask = (peer, ...args) => within(peer.socket.emitWithAck(...args), `answer to ${args[0]}`);

describe("the first program in the README", () => {
  it("is whole in 30 lines", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, program] = /```cpp\n(\/\/ chat\.cpp: [^]*?)\n```/.exec(readme);
    const lines = program.split("\n").length;
    assert.ok(lines <= 30, `${lines} lines`);
  });
});

describe("chat.cpp in the README", () => {
  let program;
  const connect = (name, token = "sesame") =>
    Peer.connect(program, name, { namespace: "/chat", auth: { token, name }, transport: "upgrade" });

  before(async () => (program = await Program.start("chat")));
  after(() => program.end());

  it("lets nobody in without the token, or into another namespace", async () => {
    await assert.rejects(connect("eve", "open"), /wrong token/);
    await assert.rejects(Peer.connect(program, "eve", { namespace: "/chat" }), /wrong token/);
    await assert.rejects(Peer.connect(program, "eve"), /Invalid namespace/);
  });

  it("passes words on in a room, by name, and says so", async () => {
    const [ali, bob, cem] = await Promise.all(["Ali", "Bob", "Cem"].map((name) => connect(name)));
    for (const [peer, room] of [[ali, "den"], [bob, "den"], [cem, "hut"]]) {
      peer.socket.emit("enter", room);
      await ask(peer, "say", "nowhere", "x"); // what came before is done then
    }
    const wrong = next(cem, "said");
    const heard = next(bob, "said");
    assert.equal(await ask(ali, "say", "den", { text: "hi" }), "sent");
    assert.deepEqual(await heard, ["Ali", { text: "hi" }]);
    await ask(bob, "say", "hut", "to the hut");
    assert.deepEqual(await wrong, ["Bob", "to the hut"]);
    await Promise.all([ali, bob, cem].map((peer) => peer.leaves()));
  });

  it("goes on when a client sends what its handlers do not expect", async () => {
    const ali = await connect("Ali");
    ali.socket.emit("enter", { not: "a string" });
    ali.socket.emit("say");
    assert.equal(await ask(ali, "say", "den", null), "sent");
    await ali.leaves();
  });
});

describe("host.cpp in the README", () => {
  let program;
  before(async () => (program = await Program.start("host")));
  after(() => program.end());

  it("keeps a room open, hears, answers, counts, and speaks by itself", async () => {
    const [ali, bob] = await Promise.all(["Ali", "Bob"].map((name) => Peer.connect(program, name)));
    assert.equal(await ask(ali, "how many"), 0);
    assert.equal(await ask(ali, "get-session-info", "lounge"), "lounge");
    const answer = new Promise((resolve) => {
      ali.socket.on("message", (...args) => args[0] === "I hear" && resolve(args));
    });
    ali.socket.emit("message", { text: "hello" });
    assert.deepEqual(await within(answer, "answer"), ["I hear", { text: "hello" }]);
    assert.equal(await ask(bob, "how many"), 1);
    const tick = new Promise((resolve) => {
      ali.socket.on("message", (...args) => args[0] === "tick" && resolve());
    });
    await within(tick, "tick");
    await Promise.all([ali.leaves(), bob.leaves()]);
  });
});
