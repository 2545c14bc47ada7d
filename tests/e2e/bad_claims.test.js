// Who claims to be somebody else, to own what is not his, to have been where nobody was: refused,
// logged, and without effect on those who tell the truth. The liars come from an address of theirs.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { eventually } from "./support/deadline.js";
import { RawWebSocket } from "./support/raw_session.js";
import { isReference, Server } from "./support/server.js";
import { withServer } from "./support/suite.js";

const describeOurs = isReference ? describe.skip : describe;
const den = "127.0.0.2";
const secret = "0123456789abcdef0123456789abcdef";

/** A token as the server makes them: see actors/token.cpp. */
function sign(parts, { room = "", nsp = "/", key = secret, named = secret } = {}) {
  const { kind, id, epoch, generation = 0, issued = 0, expires = 9_999_999_999 } = parts;
  const name = createHmac("sha256", named).update("name of the secret").digest("hex").slice(0, 8);
  const body = [`1${kind}`, id, epoch, generation, issued, expires, name].join(".");
  const signed = `${body}|${nsp.length}:${nsp}|${room.length}:${room}`;
  return `${body}.${createHmac("sha256", key).update(signed).digest("hex")}`;
}

/** One connection to the namespace, with what the server has said to it. */
class Claimant {
  static async connect(server, auth, from = den) {
    const claimant = new Claimant();
    claimant.session = await RawWebSocket.open(server, { from });
    claimant.answer = await claimant.session.joinsNamespace("", auth && JSON.stringify(auth));
    [, claimant.hello, claimant.offset] = await claimant.event();
    return claimant;
  }

  async event() {
    const packet = await this.session.next();
    assert.match(packet, /^42\[/);
    return JSON.parse(packet.slice(2));
  }

  /** What it proves itself with when it has lost its connection. */
  get claim() {
    return { pid: this.answer.pid, offset: this.offset };
  }

  async emits(id, ...args) {
    await this.session.send(`42${id}${JSON.stringify(args)}`);
  }

  async leaves() {
    await this.session.send("41");
    this.session.end();
  }
}

const announced = (token) => ({ signaler: { v: 1, token } });

const badTokens = {
  "with a forged signature": ({ token }) => token.slice(0, -1) + (token.endsWith("0") ? "1" : "0"),
  "that is cut off": ({ token }) => token.slice(0, -1),
  "with something behind it": ({ token }) => `${token}0`,
  "with another's id in one's own": ({ own, id }) => own.replace(/^1h\.[^.]+/, `1h.${id}`),
  "signed with another secret": ({ id, epoch }) => sign({ kind: "h", id, epoch }, { key: "guess" }),
  "of a server with another secret": ({ id, epoch }) =>
    sign({ kind: "h", id, epoch }, { key: "another", named: "another" }),
  "that has expired": ({ id, epoch }) => sign({ kind: "h", id, epoch, expires: 1_600_000_000 }),
  "of another namespace": ({ id, epoch }) => sign({ kind: "h", id, epoch }, { nsp: "/other" }),
  "for a room": ({ id, epoch }) => sign({ kind: "r", id, epoch }),
  "with numbers that overflow": ({ id, epoch }) => sign({ kind: "h", id, epoch, generation: 2n ** 64n }),
  "that is no token": () => "nonsense",
  "of half a megabyte": ({ token }) => token.repeat(4000),
};

/** Of these nobody could guess anything: they are refused, and count for nothing. */
const outdatedTokens = ["that has expired", "of a server with another secret"];

const badPids = {
  "with a guessed secret": ({ id }) => id + "A".repeat(20),
  "with one's own secret": ({ id, own }) => id + own.slice(20),
  "with one letter changed": ({ pid }) => pid.slice(0, -1) + (pid.endsWith("A") ? "B" : "A"),
  "that is cut off": ({ pid }) => pid.slice(0, -1),
  "with something behind it": ({ pid }) => `${pid}A`,
  "that nobody has": () => randomBytes(30).toString("base64url"),
  "of half a megabyte": ({ pid }) => pid.repeat(12_000),
};

const badOffsets = {
  "from the future": ({ epoch }) => `${epoch}.s.99999999`,
  "of an event to somebody else": ({ epoch, id }) => `${epoch}.${id}.1`,
  "that overflows": ({ epoch }) => `${epoch}.s.99999999999999999999`,
  "that is negative": ({ epoch }) => `${epoch}.s.-1`,
  "of another life of the server": ({ epoch }) => `${epoch.slice(1)}0.s.1`,
  "that is empty": () => "",
  "of half a megabyte": ({ epoch }) => `${epoch}.s.${"9".repeat(500_000)}`,
};

describeOurs("whoever claims what is not his", () => {
  let folder, secretFile;
  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "signaler-"));
    secretFile = path.join(folder, "secret");
    writeFileSync(secretFile, secret, { mode: 0o600 });
  });
  after(() => rmSync(folder, { recursive: true }));

  const options = () => ({ grace: undefined, "secret-file": secretFile });
  // The one timer of the session store runs on; an ended session has a while to say goodbye.
  const lasting = ["timers", "actors", "sessions", "queued_bytes", "held_sessions"];

  withServer("shows a token", options, (scene) => {
    for (const [name, forge] of Object.entries(badTokens)) {
      it(`${name}: is somebody new, and is told why`, async () => {
        const alice = await Claimant.connect(scene.server, announced(), "127.0.0.1");
        scene.atEnd(() => alice.leaves());
        const mallory = await Claimant.connect(scene.server, announced());
        await mallory.leaves();
        const { id, epoch, token } = alice.hello;
        const shown = forge({ id, epoch, token, own: mallory.hello.token });
        const { wrong_claims: before } = await scene.server.totals();
        const again = await Claimant.connect(scene.server, announced(shown));
        assert.notEqual(again.hello.id, id);
        assert.equal(again.hello.recovered, false);
        const [event, refusal] = await again.event();
        assert.deepEqual([event, refusal.event, refusal.code], ["signaler-error", "connect", "token-refused"]);
        await scene.server.logged("token_refused");
        assert.equal((await scene.server.totals()).wrong_claims, before + !outdatedTokens.includes(name));
        await again.leaves();
        // She is who she was, and heard nothing of it.
        await alice.emits(1, "keep-in-server", `room of ${name}`, { n: 1 });
        assert.match(await alice.session.next(), /^431\[\{"ok":true,/);
      });
    }

    it("that is good is who it was: the tokens above are made rightly", async () => {
      const alice = await Claimant.connect(scene.server, announced());
      const { id, epoch } = alice.hello;
      await alice.leaves();
      const again = await Claimant.connect(scene.server, announced(sign({ kind: "h", id, epoch })));
      assert.equal(again.hello.id, id);
      await again.leaves();
    });

    it("for a room that is another's: it proves nothing", async () => {
      const exclusive = await Server.start({ ...options(), "exclusive-rooms": true });
      try {
        const alice = await Claimant.connect(exclusive, announced(), "127.0.0.1");
        await alice.emits(1, "keep-in-server", "r1", { n: 1 });
        const [{ token }] = JSON.parse((await alice.session.next()).slice(3));
        const mallory = await Claimant.connect(exclusive, announced());
        const { id, epoch } = mallory.hello;
        const wrong = [token, sign({ kind: "r", id, epoch }, { room: "r2" }), "nonsense"];
        for (const [at, shown] of wrong.entries()) {
          await mallory.emits(at + 1, "keep-in-server", "r1", { token: shown }, { n: at + 1 });
          const [{ ok, error }] = JSON.parse((await mallory.session.next()).slice(3));
          assert.deepEqual([ok, error.code], [false, "room-taken"]);
        }
        await exclusive.logged("room_token_refused");
        assert.equal((await exclusive.totals()).wrong_claims, wrong.length);
        await exclusive.stop();
      } finally {
        exclusive.kill();
      }
    });
  }, { lasting });

  withServer("shows a pid", options, (scene) => {
    for (const [name, forge] of Object.entries(badPids)) {
      it(`${name}: is somebody new, and the session stays its owner's`, async () => {
        const alice = await Claimant.connect(scene.server, undefined, "127.0.0.1");
        await alice.session.opens("r1");
        const { sid: id, pid } = alice.answer;
        alice.session.vanishes();
        await scene.server.statsBecome({ held_sessions: 1 });
        const mallory = await Claimant.connect(scene.server);
        const shown = forge({ id, pid, own: mallory.answer.pid });
        await mallory.leaves();
        const again = await Claimant.connect(scene.server, { pid: shown, offset: alice.offset });
        assert.notEqual(again.answer.sid, id);
        assert.notEqual(again.answer.pid, pid);
        assert.equal(again.hello.recovered, false);
        await again.leaves();
        const session = await RawWebSocket.open(scene.server);
        const answer = await session.joinsNamespace("", JSON.stringify(alice.claim));
        assert.deepEqual(answer, alice.answer);
        await session.send("41");
        session.end();
        await scene.server.statsBecome({ held_sessions: 0, rooms: scene.baseline.rooms });
      });
    }

    it("of a session that has said goodbye: is somebody new", async () => {
      const alice = await Claimant.connect(scene.server);
      await alice.leaves();
      await scene.server.statsBecome({ sockets: scene.baseline.sockets });
      const again = await Claimant.connect(scene.server, alice.claim);
      assert.notEqual(again.answer.sid, alice.answer.sid);
      await again.leaves();
    });

    it("and logs who was meant, but no secret", async () => {
      const line = await scene.server.logged("claim_refused");
      assert.match(line.socket, /^[\w-]{20}$/);
      await scene.server.logged("pid_refused");
    });
  }, { lasting });

  withServer("shows an offset", options, (scene) => {
    for (const [name, forge] of Object.entries(badOffsets)) {
      it(`${name}: starts anew`, async () => {
        const alice = await Claimant.connect(scene.server);
        const { id, epoch } = alice.hello;
        alice.session.vanishes();
        await scene.server.statsBecome((seen) => seen.held_sessions > 0);
        const offset = forge({ id, epoch });
        const again = await Claimant.connect(scene.server, { ...alice.claim, offset });
        assert.notEqual(again.answer.sid, id);
        assert.equal(again.hello.recovered, false);
        await again.leaves();
      });
    }

    it("from the future and no token, announced: starts anew, hears nothing of what was kept, and frees the old seats", async () => {
      const alice = await Claimant.connect(scene.server, announced());
      const bob = await Claimant.connect(scene.server, undefined, "127.0.0.1");
      await bob.session.opens("r1");
      await alice.emits(0, "get-session-info", "r1", { n: 1 });
      assert.match(await alice.session.next(), /^430\[\{"ok":true,/);
      const { sid: id, pid } = alice.answer;
      alice.session.vanishes();
      await scene.server.statsBecome((seen) => seen.sockets === scene.baseline.sockets + 1);
      await bob.session.says("kept for alice");
      const offset = `${alice.hello.epoch}.s.99999999`;
      const again = await Claimant.connect(scene.server, { ...announced(), pid, offset });
      assert.notEqual(again.answer.sid, id);
      assert.notEqual(again.answer.pid, pid);
      assert.deepEqual([again.hello.recovered, again.hello.taken, again.hello.id], [false, 0, again.answer.sid]);
      await scene.server.logged("not_recovered", ({ socket }) => socket === id);
      await scene.server.statsBecome({ seats: scene.baseline.seats + 1 });
      // It is in no room, and is told of no gap and of no refusal: the very next is this answer.
      await again.emits(1, "cancel-wait", "r1", { n: 1 });
      assert.equal(await again.session.next(), '431[{"ok":true}]');
      // With the right offset the secret proves nothing any more.
      const late = await Claimant.connect(scene.server, { ...announced(), ...alice.claim });
      assert.notEqual(late.answer.sid, id);
      await Promise.all([again.leaves(), late.leaves(), bob.leaves()]);
    });
  }, { lasting });

  withServer("numbers wrongly", options, (scene) => {
    it("is refused by name where it jumps, and only acknowledged where it repeats", async () => {
      const alice = await Claimant.connect(scene.server, announced());
      const bob = await Claimant.connect(scene.server, announced(), "127.0.0.1");
      await alice.emits(0, "keep-in-server", "r1", { n: 1 });
      await alice.session.next();
      await bob.emits(0, "get-session-info", "r1", { n: 1 });
      await bob.session.next();
      const refused = async () => (await alice.event())[1].code;
      await alice.emits(1, "message", "two", { n: 2 });
      assert.equal(await alice.session.next(), "431[]");
      await alice.emits(2, "message", "again", { n: 2 });
      assert.equal(await alice.session.next(), "432[]");
      for (const n of [4, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
        await alice.emits(3, "message", "jump", { n });
        assert.equal(await refused(), "number-out-of-order");
      }
      await alice.emits(4, "message", "too much skipped", { n: 9, skipped: 7 });
      assert.equal(await refused(), "number-out-of-order");
      // What is no number is an argument like any other.
      const plain = ['{"n":0}', '{"n":-1}', '{"n":1.5}', '{"n":9007199254740992}', '{"n":1e400}'];
      plain.push('{"n":99999999999999999999}', '{"n":3,"skipped":3}', '{"n":"3"}');
      const said = [];
      for (const text of plain.filter((text) => text !== '{"n":1e400}')) {
        await alice.session.send(`42["message","plain",${text}]`);
        said.push(text);
      }
      await alice.emits(5, "message", "three", { n: 3 });
      assert.equal(await alice.session.next(), "435[]");
      assert.equal((await bob.event())[1], "two");
      for (const text of said) {
        const packet = await bob.session.next();
        assert.ok(packet.startsWith(`42["message","plain",${text},"`), packet);
      }
      assert.equal((await bob.event())[1], "three");
      // One who repeats that fills no log: the other's first stands behind all of hers.
      await bob.emits(1, "message", "jumps", { n: 9 });
      const isOf = ({ hello }) => ({ socket }) => socket === hello.id;
      await scene.server.logged("number_refused", isOf(bob));
      const told = scene.server.log.filter(({ event }) => event === "number_refused");
      assert.equal(told.filter(isOf(alice)).length, 1);
      await Promise.all([alice.leaves(), bob.leaves()]);
    });

    it("or claims 10,000 seats, and has the 128 that one may have", async () => {
      const mallory = await Claimant.connect(scene.server);
      const { refused_seats: before } = await scene.server.totals();
      const count = 10_000;
      const packets = Array.from({ length: count }, (_, i) => `42${i}["keep-in-server","s${i}"]`);
      await mallory.session.send(...packets);
      const answers = await mallory.session.packets.take(count, "answer");
      const granted = answers.filter((packet) => packet.startsWith("43"));
      assert.equal(granted.length, 128);
      const codes = new Set(
        answers.filter((packet) => packet.startsWith("42")).map((packet) => JSON.parse(packet.slice(2))[1].code),
      );
      assert.deepEqual([...codes], ["too-many-rooms-of-socket"]);
      assert.equal((await scene.server.totals()).refused_seats, before + count - 128);
      await scene.server.logged("seat_refused");
      await scene.server.statsBecome({ rooms: scene.baseline.rooms + 128 });
      await scene.bystanders.exchange();
      await mallory.leaves();
      await scene.server.statsBecome({ rooms: scene.baseline.rooms });
    });
  }, { lasting });

  const strict = () => ({ ...options(), "max-wrong-claims": 20 });
  withServer("guesses on", strict, (scene) => {
    /** Guesses until the server does not listen any more. */
    async function guessesUntilIgnored() {
      for (let i = 0; i < 100; i += 1) {
        const mallory = await Claimant.connect(scene.server, announced(`guess ${i}`));
        const [, { code }] = await mallory.event();
        await mallory.leaves();
        if (code === "too-many-wrong-claims") return;
        assert.equal(code, "token-refused");
      }
      assert.fail("nobody minds");
    }

    it("is not even listened to when right, while others are", async () => {
      const honest = await Claimant.connect(scene.server, announced(), "127.0.0.1");
      const own = await Claimant.connect(scene.server, announced());
      const { token } = own.hello;
      await own.leaves();
      honest.session.vanishes();
      await scene.server.statsBecome((seen) => seen.held_sessions > 0);
      // A minute may begin between the last guess and the right claim: then once more.
      await eventually("a right claim that was ignored", async () => {
        await guessesUntilIgnored();
        const right = await Claimant.connect(scene.server, announced(token));
        const ignored = right.hello.id !== own.hello.id;
        if (ignored) assert.equal((await right.event())[1].code, "too-many-wrong-claims");
        await right.leaves();
        return ignored;
      });
      const line = await scene.server.logged("claims_ignored");
      assert.deepEqual([line.network, line.limit], [den, "20"]);
      assert.ok((await scene.server.totals()).ignored_claims >= 2);
      const back = await RawWebSocket.open(scene.server);
      const auth = { ...announced(honest.hello.token), ...honest.claim };
      assert.deepEqual(await back.joinsNamespace("", JSON.stringify(auth)), honest.answer);
      await back.send("41");
      back.end();
      const refusals = scene.server.log.filter(({ event }) => event === "token_refused");
      assert.ok(refusals.length <= 40, `${refusals.length} lines`);
    });
  }, { lasting });
});
