// What can go wrong before and while measuring: each has its sentence and its exit code.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { bench, fakeServer, redirected, seatOrRelay, server, start } from "./harness.mjs";

test("help teaches scenarios, options and exit codes, and needs no server", async () => {
  const { code, text } = await bench("--help");
  assert.equal(code, 0);
  for (const word of ["churn", "relay", "idle", "fan-out", "storm", "parked", "resume", "--target", "--launch", "--rounds", "coordinated omission", "25 s", "ratio", "memory", "Exit codes"]) {
    assert.ok(text.includes(word), word);
  }
  for (const line of text.split("\n")) assert.ok(line.length <= 100, line);
});

const wrong = [
  [[], /name a scenario/],
  [["dance", "--target=http://127.0.0.1:1"], /no scenario 'dance'; there are churn, relay/],
  [["churn"], /no server to measure/],
  [["churn", "--widht=3"], /unknown option --widht/],
  [["churn", "--width=none"], /--width must be between 1 and/],
  [["churn", "--rounds=nan"], /--rounds must be between 1 and/],
  [["churn", "--rounds=1.9"], /--rounds must be a whole number, not '1\.9'/],
  [["churn", "--window=nans"], /--window needs a time with its unit/],
  [["relay", "--rate=nan"], /--rate must be between 0 and/],
  [["relay", "--pairs=nan"], /--pairs must be between 1 and/],
  [["churn", "--width"], /--width needs a value/],
  [["churn", "--window=5"], /--window needs a time with its unit/],
  [["churn", "--close=slam"], /--close must be clean or fin or reset/],
  [["churn", "--target=nowhere"], /no HOST:PORT/],
  [["churn", "--target=https://127.0.0.1:1"], /TLS is not measured/],
  [["churn", "--target=a=127.0.0.1:1", "--target=a=127.0.0.1:2"], /two servers are called 'a'/],
  [["churn", "--rest=1s"], /--rest is an option of idle, not of churn/],
  [["--window=1s", "storm"], /--window is an option of churn, relay, fan-out, parked, not of storm/],
  [["idle", "--rounds=3"], /--rounds is an option of churn, .*, not of idle/],
  [["fan-out", "--rate=3"], /--rate is an option of relay, not of fan-out/],
  [["relay", "--rate=3", "--in-flight=2"], /--in-flight is of the closed loop/],
  [["churn", "--target=gone=127.0.0.1:1,pid=4194304"], /'gone': there is no process 4194304/],
  [["churn", "relay"], /one scenario at a time/],
  [["churn", "--target=127.0.0.1:1", "--output=/nowhere/at/all"], /cannot write/],
];
for (const [args, sentence] of wrong) {
  test(`wrong options: ${args.join(" ")}`, async () => {
    const { code, said } = await bench(...args);
    assert.match(said, sentence);
    assert.equal(code, 2);
  });
}

test("a core for the servers that is not there is named, not a server that ended", async () => {
  const { code, said } = await bench("churn", "--server-core=1023", `--launch=a=${server()}`);
  assert.match(said, /cannot run on core 1023/);
  assert.equal(code, 2);
});

test("too few descriptors are noticed before anything is started", async () => {
  const { code, said } = await bench("idle", "--connections=1000000", "--target=127.0.0.1:1");
  assert.match(said, /needs \d+ descriptors and the system allows \d+/);
  assert.equal(code, 2);
  const needed = async (transport) => {
    const run = await bench("idle", "--connections=1000000", `--transport=${transport}`, "--target=127.0.0.1:1");
    return Number(/needs (\d+)/.exec(run.said)[1]);
  };
  assert.ok((await needed("polling")) > 2_000_000, "a poll and a POST each");
  assert.ok((await needed("websocket")) < 1_100_000);
});

test("a server that is not there", async () => {
  const { code, said } = await bench("churn", "--target=127.0.0.1:1");
  assert.match(said, /no server at 127\.0\.0\.1:1: Connection refused/);
  assert.equal(code, 3);
});

test("a server that accepts and never answers is given up after the patience", async () => {
  const mute = createTcpServer(() => {}).listen(0, "127.0.0.1");
  await once(mute, "listening");
  for (const transport of ["websocket", "polling"]) {
    const { code, said } = await bench("churn", "--patience=1s", `--transport=${transport}`, `--target=mute=127.0.0.1:${mute.address().port}`);
    assert.match(said, /'mute': no Socket\.IO server at .*: it does not answer HTTP/);
    assert.equal(code, 3);
  }
  mute.close();
});

test("what is not known is not shown as nothing", async () => {
  const fake = await fakeServer(seatOrRelay);
  const known = fake.target.replace("=fake=", "=known=") + `,pid=${process.pid}`;
  const { said, results } = await bench("relay", "--pairs=1", "--rounds=1", "--window=50ms", known, fake.target);
  fake.end();
  const [here, elsewhere] = results();
  assert.ok(here.cpu_us.median > 0 && here.memory_kib.median > 0);
  assert.equal(elsewhere.cpu_us, null);
  assert.equal(elsewhere.memory_kib, null);
  assert.equal(elsewhere.peak_memory_kib, null);
  assert.equal(here.ratios.fake, null);
  assert.match(said, /ratio: .* that of fake\n/);
  assert.match(said, /\n +known +[\d.]+ +- /);
  assert.match(said, /\n +fake +- +- /);
});

test("a command that ends at once shows its last words", async () => {
  const { code, said } = await bench("churn", "--launch=bad=sh -c 'echo oh dear; exit 1'");
  assert.match(said, /'bad' ended at once/);
  assert.match(said, /oh dear/);
  assert.equal(code, 3);
});

test("a web server that knows no Socket.IO", async () => {
  const http = createServer((_, response) => response.writeHead(404).end()).listen(0, "127.0.0.1");
  await once(http, "listening");
  const { code, said } = await bench("churn", `--target=127.0.0.1:${http.address().port}`);
  http.close();
  assert.match(said, /no Socket\.IO server at .*'HTTP\/1\.1 404 Not Found'/);
  assert.equal(code, 3);
});

test("a Socket.IO server with another vocabulary", async () => {
  const fake = await fakeServer((text, socket) => {
    if (text === "40") socket.send('40{"sid":"y"}');
  });
  const { code, said } = await bench("churn", "--patience=5s", fake.target);
  fake.end();
  assert.match(said, /is a Socket\.IO server, but does not acknowledge 'keep-in-server'/);
  assert.equal(code, 3);
});

/** A server where `hears(other, speaker)` says who gets a message. */
const relaysTo = (hears) => (text, socket, all) => {
  if (!text.startsWith('42["message"')) return seatOrRelay(text, socket, all);
  for (const other of all) if (hears(other, socket)) other.send(text);
};
const vocabularies = [
  ["answers the speaker alone", (other, speaker) => other === speaker, /sends a 'message' back to who said it/],
  ["lets the speaker hear, too", () => true, /sends a 'message' back to who said it/],
  ["relays to nobody", () => false, /does not relay 'message' to the other in a room/],
];
for (const [what, hears, sentence] of vocabularies) {
  test(`a server that ${what} cannot be measured`, async () => {
    const fake = await fakeServer(relaysTo(hears));
    const { code, said } = await bench("relay", "--pairs=1", "--patience=5s", "--rounds=1", "--window=20ms", fake.target);
    fake.end();
    assert.match(said, sentence);
    assert.match(said, /'fake'/);
    assert.equal(code, 3);
  });
}

test("a server that refuses clients is said to do that", async () => {
  const fake = await fakeServer((_, socket) => socket.send('44{"message":"no entry"}'));
  const { code, said } = await bench("churn", fake.target);
  fake.end();
  assert.match(said, /'fake' .* refuses clients: \{"message":"no entry"\}/);
  assert.equal(code, 3);
});

const churned = ["churn", "--width=1", "--rounds=1", "--window=20ms"];
for (const [what, redirection, options] of [
  ["a file on a full disk", "", ["--output=/dev/full"]],
  ["a full disk", ">/dev/full", []],
  ["a closed standard output", ">&-", []],
]) {
  test(`results that cannot be written to ${what} are not lost in silence`, async () => {
    const { code, said } = await redirected(redirection, ...churned, server(), ...options);
    assert.match(said, /cannot write to|standard output is closed/);
    assert.ok(code === 1 || code === 2, String(code));
  });
}

// An open loop has exactly a hundred messages in each window, however fast the machine is, and the
// first window warms up.
const endless = ["relay", "--pairs=1", "--rate=1000", "--window=100ms", "--rounds=1000"];
const isMeasured = (text) => text.startsWith('42["message"') && !text.includes('"probe-');

/** Relays that go on until `then` ends them, in the middle of the first window that counts. */
async function relayUntil(then) {
  let run;
  let relayed = 0;
  const fake = await fakeServer((text, socket, all) => {
    seatOrRelay(text, socket, all);
    if (isMeasured(text) && (relayed += 1) === 150) then(fake, run.child);
  });
  run = start(...endless, fake.target);
  const outcome = await run.done;
  fake.end();
  return outcome;
}

test("a server without state recovery cannot be resumed on", async () => {
  const fake = await fakeServer(seatOrRelay);
  const { code, said } = await bench("resume", "--pairs=1", fake.target);
  fake.end();
  assert.match(said, /'fake' offers no state recovery/);
  assert.equal(code, 3);
});

test("only a server that was launched can be killed", async () => {
  const fake = await fakeServer(seatOrRelay);
  const { code, said } = await bench("storm", "--drop=kill", fake.target);
  fake.end();
  assert.match(said, /--drop=kill needs a server that --launch starts/);
  assert.equal(code, 2);
});

test("a server that goes away in the middle leaves partial results", async () => {
  const { code, said, results } = await relayUntil((fake) => fake.end());
  assert.match(said, /'fake' ended in the middle: .*the results are partial/s);
  assert.equal(code, 4);
  const [result] = results();
  assert.match(result.partial, /ended in the middle/);
  assert.ok(result.operations > 0 && result.errors > 0, JSON.stringify(result));
});

test("a server that falls silent in the middle leaves partial results", async () => {
  let relayed = 0;
  const fake = await fakeServer((text, socket, all) => {
    if (isMeasured(text)) relayed += 1;
    if (relayed < 150) seatOrRelay(text, socket, all);
  });
  const { code, said, results } = await bench(...endless, "--patience=5s", fake.target);
  fake.end();
  assert.match(said, /the results are partial/);
  assert.equal(code, 4);
  assert.ok(results()[0].partial);
});

test("an interrupted run says so and keeps what it has", async () => {
  const { code, said, results } = await relayUntil((_, child) => child.kill("SIGINT"));
  assert.match(said, /interrupted; the results are partial/);
  assert.equal(code, 4);
  assert.equal(results()[0].partial, "interrupted");
});
