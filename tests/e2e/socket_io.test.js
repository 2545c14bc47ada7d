// Socket.IO 5 packets inside Engine.IO: namespaces, acknowledgements, attachments. First what is
// right, then everything that is wrong, each over both transports.
import assert from "node:assert/strict";
import { it } from "node:test";
import { io } from "socket.io-client";
import { within } from "./support/deadline.js";
import { rawTransports } from "./support/raw_session.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

withServer("namespaces of stock clients", {}, (scene) => {
  it("that do not exist are refused by name, and the connection is kept", async () => {
    const alice = await scene.connect("alice");
    const nowhere = alice.socket.io.socket("/nowhere");
    const refusal = new Promise((resolve) => nowhere.once("connect_error", resolve));
    assert.equal((await within(refusal, "connect_error")).message, "Invalid namespace");
    assert.deepEqual(await alice.opens("r1"), []);
  });

  it("do not exist when they are named like a property", async () => {
    const alice = await scene.connect("alice");
    for (const name of ["/constructor", "/__proto__", "/ü"]) {
      const nowhere = alice.socket.io.socket(name);
      const refusal = new Promise((resolve) => nowhere.once("connect_error", resolve));
      assert.equal((await within(refusal, "connect_error")).message, "Invalid namespace");
    }
    assert.deepEqual(await alice.opens("r1"), []);
  });

  it("can be left and joined again on the same connection", async () => {
    const alice = await scene.connect("alice");
    const bob = await scene.connect("bob");
    // A second user of the connection keeps it open while the first is away.
    const nowhere = alice.socket.io.socket("/nowhere");
    await alice.opens("r1");
    const [first, engine] = [alice.socket.id, alice.socket.io.engine];
    engine.write([{ type: "message", data: "1" }].map(({ data }) => data).join(""));
    await scene.server.statsBecome((seen) => seen.rooms === scene.baseline.rooms);
    engine.write("0");
    const again = new Promise((resolve) => alice.socket.once("connect", resolve));
    await within(again, "second CONNECT");
    assert.notEqual(alice.socket.id, first);
    await alice.opens("r2");
    assert.deepEqual(await bob.asksFor("r2"), ["r2"]);
  });

  it("are told apart by the server from a URL's path and query", async () => {
    const socket = io(`${scene.server.url}/?userid=7`, {
      forceNew: true,
      transports: ["websocket"],
      query: { msgEvent: "x", ["__proto__"]: "y" },
      auth: { token: "x", ["__proto__"]: 1, signaler: 7 },
    });
    scene.atEnd(() => socket.disconnect());
    await within(new Promise((resolve) => socket.once("connect", resolve)), "connect");
  });
});

const placeholder = (num) => `{"_placeholder":true,"num":${num}}`;
const nested = (depth) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const nestedObjects = (depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

/** Sent after CONNECT; each must end the session that sent it. */
const fatal = {
  "a second CONNECT": ["40"],
  "a packet type nobody knows": ["47"],
  "a packet type that is no digit": ["4x"],
  "a message without a packet": ["4"],
  "an Engine.IO packet nobody knows": ["7"],
  "an Engine.IO packet that is no digit": ["x"],
  "an Engine.IO ping from the client": ["2"],
  "an EVENT that is no JSON": ["42[message"],
  "an EVENT without a payload": ["42"],
  "an EVENT with something behind its JSON": ['42["message"]x'],
  "an EVENT that is an object": ['42{"0":"message"}'],
  "an EVENT that is a string": ['42"message"'],
  "an EVENT that is an empty array": ["42[]"],
  "an EVENT named by an object": ['42[{"toString":"x"}]'],
  "an EVENT named by null": ["42[null]"],
  "an EVENT named connect": ['42["connect"]'],
  "an EVENT named connect_error": ['42["connect_error",{"message":"x"}]'],
  "an EVENT named disconnect": ['42["disconnect"]'],
  "an EVENT named disconnecting": ['42["disconnecting"]'],
  "an EVENT named newListener": ['42["newListener"]'],
  "an EVENT named removeListener": ['42["removeListener"]'],
  "an ACK that is no array": ['431{"0":1}'],
  "an ACK without a payload": ["431"],
  "an ACK without an id": ["43[]"],
  "a DISCONNECT with a payload": ['41{"reason":"x"}'],
  "a CONNECT_ERROR from the client": ['44{"message":"x"}'],
  "JSON nested 100,000 deep in arrays": [`42["message",${nested(100000)}]`],
  "JSON nested 100,000 deep in objects": [`42["message",${nestedObjects(100000)}]`],
  "JSON that opens 100,000 arrays and closes none": [`42["message",${"[".repeat(100000)}`],
  "an EVENT for a namespace nobody joined": ['42/nowhere,["message"]'],
  "an acknowledgement id with a sign": ['42-1["keep-in-server","r1"]'],
  "an acknowledgement id with an exponent": ['421e3["keep-in-server","r1"]'],
  "an acknowledgement id beyond 2^53": ['429007199254740993["keep-in-server","r1"]'],
  "an acknowledgement id of 1,000 digits": [`42${"9".repeat(1000)}["keep-in-server","r1"]`],
  "a binary EVENT without a count": [`45["message",${placeholder(0)}]`, Buffer.from("x")],
  "a binary EVENT with an empty count": [`45-["message",${placeholder(0)}]`, Buffer.from("x")],
  "a binary EVENT with a count that is no number": [`451x-["message",${placeholder(0)}]`],
  "a binary EVENT with a negative count": [`45-1-["message",${placeholder(0)}]`],
  "a binary EVENT with a count beyond the limit": [`4511-["message",${placeholder(0)}]`],
  "a binary EVENT with a count beyond 2^64": [`4518446744073709551617-["message"]`],
  "text instead of an attachment": [`451-["message",${placeholder(0)}]`, '42["message","x"]'],
  "an attachment nobody announced": [Buffer.from("surprise")],
  "a surplus attachment": [
    `451-["message",${placeholder(0)}]`,
    Buffer.from("one"),
    Buffer.from("two"),
  ],
  "a placeholder beyond the attachments": [`451-["message",${placeholder(1)}]`, Buffer.from("x")],
  "a placeholder with a negative number": [`451-["message",${placeholder(-1)}]`, Buffer.from("x")],
  "a placeholder with a fraction": [`451-["message",${placeholder(0.5)}]`, Buffer.from("x")],
  "a placeholder with text for a number": [
    `451-["message",${placeholder('"length"')}]`,
    Buffer.from("x"),
  ],
  "a placeholder without a number": ['451-["message",{"_placeholder":true}]', Buffer.from("x")],
};

/** Where the reference server is more lenient; wire.md of the protocol asks for strictness here. */
const lenientReference = new Set([
  "an EVENT without a payload",
  "an ACK without a payload",
  "an ACK without an id",
  "an acknowledgement id beyond 2^53",
  "an acknowledgement id of 1,000 digits",
  "a placeholder with a fraction",
  "a DISCONNECT with a payload",
  // Not lenient but dead afterwards:
  ...Object.keys(fatal).filter((what) => what.startsWith("JSON ")),
]);

/** Sent instead of CONNECT; each must end the session. */
const fatalAtFirst = {
  "an EVENT": ['42["message","x"]'],
  "an ACK": ["431[]"],
  "a DISCONNECT": ["41"],
  "an attachment": [Buffer.from("x")],
  "a CONNECT with an array for auth": ["40[1]"],
  "a CONNECT with text for auth": ['40"token"'],
  "a CONNECT with null for auth": ["40null"],
  "a CONNECT with broken JSON": ['40{"token":'],
  "a CONNECT with auth nested 100,000 deep": [`40{"a":${nested(100000)}}`],
};

/** Sent after CONNECT; none of it may end the session or be answered. */
const harmless = {
  "an acknowledgement nobody waits for": ["4312345[]"],
  "a binary acknowledgement nobody waits for": [`461-7[${placeholder(0)}]`, Buffer.from("x")],
  "an open packet from the client": ['0{"sid":"mine"}'],
  "an upgrade packet out of time": ["5"],
  "a noop packet from the client": ["6"],
  "a pong nobody asked for": ["3"],
  "an event named by a number": ["42[7]"],
  "an event nobody knows": ['42["__proto__",{"__proto__":{"polluted":true}}]'],
  "an event nobody knows with an acknowledgement": ['4299["constructor"]'],
};

for (const [name, Transport] of Object.entries(rawTransports)) {
  withServer(`Socket.IO packets over ${name}`, {}, (scene) => {
    async function open() {
      const session = await Transport.open(scene.server);
      scene.atEnd(() => session.end());
      return session;
    }

    async function join() {
      const session = await open();
      await session.joinsNamespace();
      return session;
    }

    it("answer CONNECT with a public id, with and without an auth payload", async () => {
      const plain = await open();
      assert.match((await plain.joinsNamespace()).sid, /^[\w-]{8,}$/);
      const named = await open();
      const { sid } = await named.joinsNamespace("", '{"token":"x","signaler":{"v":1}}');
      assert.match(sid, /^[\w-]{8,}$/);
    });

    it("refuse an unknown namespace and keep the connection", async () => {
      const session = await open();
      await session.send("40/nowhere,");
      assert.equal(await session.next(), '44/nowhere,{"message":"Invalid namespace"}');
      await session.send("40/nowhere");
      assert.equal(await session.next(), '44/nowhere,{"message":"Invalid namespace"}');
      await session.joinsNamespace();
      await session.opens("r1");
    });

    it("refuse each of several CONNECTs at once to an unknown namespace", async () => {
      const session = await open();
      for (let round = 0; round < 20; round += 1) {
        await session.send("40/nowhere,", "40/nowhere,");
        for (let answer = 0; answer < 2; answer += 1)
          assert.equal(await session.next(), '44/nowhere,{"message":"Invalid namespace"}');
      }
      await session.joinsNamespace();
      await session.opens("r1");
    });

    // The reference answers when it has decided in time, and closes otherwise.
    const waits = { skip: unlessReference("does not wait") };
    it("wait for the answer to the CONNECT that was sent together with them", waits, async () => {
      for (let round = 0; round < 5; round += 1) {
        const session = await open();
        await session.send("40", `420["keep-in-server","early ${round}"]`);
        assert.match(await session.next(), /^40/);
        assert.equal(await session.next(), "430[]");
        await session.end();
      }
    });

    it("are ignored when that CONNECT is refused", waits, async () => {
      const session = await join();
      await session.send("40/nowhere,", '42/nowhere,0["early"]', "41/nowhere,", '421["leave-room","r1"]');
      assert.match(await session.next(), /^44\/nowhere,/);
      assert.equal((await session.next()).slice(0, 3), "431");
    });

    it("leave a namespace without an answer, and the connection stays", async () => {
      const session = await join();
      await session.opens("r1");
      await session.send("41");
      await scene.server.statsBecome((seen) => seen.rooms === scene.baseline.rooms);
      await session.joinsNamespace();
      await session.opens("r2");
    });

    it("relay `__proto__` keys as any other key", async () => {
      const alice = await scene.connect("alice");
      const bob = await join();
      await alice.opens("r1");
      await bob.asksFor("r1");
      const content = '{"__proto__":{"polluted":true},"constructor":{"prototype":1}}';
      await bob.send(`42["message",${content}]`);
      assert.equal(JSON.stringify(await alice.hears()), content);
      assert.equal({}.polluted, undefined);
    });

    it("relay one attachment that is named twice", async () => {
      const alice = await scene.connect("alice");
      const bob = await join();
      await alice.opens("r1");
      await bob.asksFor("r1");
      await bob.send(`451-["message",${placeholder(0)},${placeholder(0)}]`);
      await bob.send(Buffer.from("x"));
      assert.deepEqual(await alice.messages.next(), [Buffer.from("x"), Buffer.from("x")]);
    });

    it("relay what only looks like a placeholder as the text it is", async () => {
      const alice = await join();
      const bob = await join();
      await alice.opens("r1");
      await bob.asksFor("r1");
      await bob.says({ _placeholder: false, num: 9 }, { num: 0 });
      assert.equal(await alice.next(), '42["message",{"_placeholder":false,"num":9},{"num":0}]');
    });

    for (const [what, packets] of Object.entries(harmless)) {
      it(`do not mind ${what}`, async () => {
        const session = await join();
        for (const packet of packets) await session.send(packet);
        await session.opens("r1");
      });
    }

    for (const [what, packets] of Object.entries(fatal)) {
      const skip = lenientReference.has(what) && unlessReference("more lenient");
      it(`end the session with ${what}`, { skip }, async () => {
        const session = await join();
        for (const packet of packets) await session.send(packet);
        await session.isClosed();
      });
    }

    for (const [what, packets] of Object.entries(fatalAtFirst)) {
      const skip = what.includes("nested") && unlessReference("dies of it");
      it(`end the session when the first is ${what}`, { skip }, async () => {
        const session = await open();
        for (const packet of packets) await session.send(packet);
        await session.isClosed();
      });
    }

    it("end the session in the middle of missing attachments without a trace", async () => {
      const session = await join();
      await session.send(`452-["message",${placeholder(0)},${placeholder(1)}]`);
      await session.send(Buffer.from("one"));
      await session.end();
    });
  });

  const patience = (scene) => {
    it("is not unlimited for sessions that never send one", async () => {
      const session = await Transport.open(scene.server);
      scene.atEnd(() => session.end());
      await session.isClosed();
    });
  };
  // Bystanders who are slow on a busy machine would meet this limit too.
  const alone = { bystanders: false };
  withServer(`patience for CONNECT over ${name}`, { "connect-timeout": "500ms" }, patience, alone);
}
