// The end of a server that a crowd is connected to: all are told, all are closed, and in time.
// SIGNALER_CROWD=10000 says how many; the descriptors of the shell must suffice for twice as many.
import assert from "node:assert/strict";
import { it } from "node:test";
import { usualDeadline, within } from "./support/deadline.js";
import { RawPolling, RawWebSocket } from "./support/raw_session.js";
import { Server, unlessReference } from "./support/server.js";

const crowd = Number(process.env.SIGNALER_CROWD ?? 300);
const atOnce = 100;
const limitMs = 5000;

/** They announce themselves and sit in rooms of two; one of ten polls. */
async function page(server, index) {
  const session = await (index % 10 === 0 ? RawPolling : RawWebSocket).open(server);
  await session.joinsNamespace("", '{"signaler":{"v":1}}');
  assert.match(await session.next(), /^42\["signaler-hello"/);
  await session.send(`421["keep-in-server","r${index >> 1}"]`);
  assert.match(await session.next(), /^431\[\{"ok":true/);
  return session;
}

it(`tells ${crowd} clients to come back, closes them and ends, within ${limitMs} ms`, {
  skip: unlessReference("knows no such word"),
}, async (t) => {
  const server = await Server.start({
    grace: undefined,
    "max-connections-per-address": 0,
    "max-held-per-address": 0,
    "max-seats-per-address": 0,
    "ping-interval": "10min", // nobody answers while a large crowd gathers
  });
  t.after(() => server.kill());
  const pages = [];
  while (pages.length < crowd) {
    const some = Array.from({ length: Math.min(atOnce, crowd - pages.length) });
    pages.push(...(await Promise.all(some.map((_, i) => page(server, pages.length + i)))));
  }
  const limit = limitMs + server.lateness;
  const begun = performance.now();
  server.child.kill("SIGTERM");
  const exit = await within(server.exited, "exit", 2 * usualDeadline);
  const taken = performance.now() - begun;
  const ends = await Promise.all(pages.map((x) => x.isClosed()));
  const told = pages.filter((x) => String(x.packets.all.at(-1)).startsWith('42["signaler-drain"'));
  const closed = ends.filter((x) => x.code === 1001 || x.reason === "a close packet");
  t.diagnostic(`${told.length} told, ${closed.length} closed, ended after ${taken.toFixed(0)} ms`);
  assert.deepEqual(exit, { code: 0, signal: null });
  assert.deepEqual([told.length, closed.length], [crowd, crowd]);
  assert.ok(taken < limit, `took ${taken} ms`);
  assert.deepEqual([server.log.filter((x) => x.event === "stop_cut_short"), server.noise], [[], []]);
});
