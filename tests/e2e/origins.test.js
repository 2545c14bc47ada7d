// Which pages may talk to the server: the same policy for polling and for WebSocket.
import assert from "node:assert/strict";
import { it } from "node:test";
import { errors } from "./support/errors.js";
import { engineRequest, request } from "./support/http.js";
import { parseError, RawPolling, RawWebSocket, refusedWebSocket } from "./support/raw_session.js";
import { unlessReference } from "./support/server.js";
import { withServer } from "./support/suite.js";

const preflight = (origin) => ({
  method: "OPTIONS",
  headers: {
    Origin: origin,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "content-type",
  },
});

const isAllowed = (scene, origin) => async () => {
  const headers = { Origin: origin };
  const answer = await engineRequest(scene.server, {}, { headers });
  assert.equal(answer.status, 200);
  const session = await RawWebSocket.open(scene.server, { headers });
  const { sid } = JSON.parse(answer.body.slice(1));
  await engineRequest(scene.server, { sid }, { method: "POST", body: "1", headers });
  session.end();
  return answer;
};

const isForbidden = (scene, origin) => async () => {
  const headers = { Origin: origin };
  const answer = await engineRequest(scene.server, {}, { headers });
  assert.deepEqual([answer.status, parseError(answer.body)], [403, errors.forbidden]);
  assert.equal(answer.headers["access-control-allow-origin"], undefined);
  const refused = await refusedWebSocket(scene.server, {}, headers);
  assert.deepEqual(refused, { status: 403, body: errors.forbidden });
};

withServer("any origin", { origins: "*" }, (scene) => {
  for (const origin of ["https://page.example", "http://127.0.0.1:1", "null", "file://"]) {
    it(`may connect, without credentials: ${origin}`, async () => {
      const answer = await isAllowed(scene, origin)();
      assert.equal(answer.headers["access-control-allow-origin"], "*");
      assert.equal(answer.headers["access-control-allow-credentials"], undefined);
    });
  }

  it("may read error answers too", async () => {
    const headers = { Origin: "https://page.example" };
    const answer = await engineRequest(scene.server, { sid: "nobody" }, { headers });
    assert.equal(answer.status, 400);
    assert.equal(answer.headers["access-control-allow-origin"], "*");
  });

  it("needs not be named at all", async () => {
    const session = await RawPolling.open(scene.server);
    await session.end();
  });
});

const good = "https://good.example";
const also = "http://also.example:8081";
const skip = unlessReference("leaves the policy to the browser, for polling only");

withServer("a list of origins", { origins: `${good},${also}` }, (scene) => {
  for (const origin of [good, also]) {
    it(`lets ${origin} in, by name`, async () => {
      const answer = await isAllowed(scene, origin)();
      assert.equal(answer.headers["access-control-allow-origin"], origin);
      assert.match(answer.headers.vary, /\borigin\b/i);
      const before = await engineRequest(scene.server, {}, preflight(origin));
      assert.equal(before.status, 204);
      assert.equal(before.headers["access-control-allow-origin"], origin);
      assert.match(before.headers.vary, /\borigin\b/i);
    });
  }

  for (const origin of [
    "https://evil.example",
    "http://good.example",
    "https://good.example:444",
    "https://good.example.evil.example",
    "https://sub.good.example",
    "https://xgood.example",
    "null",
    "*",
  ]) {
    it(`keeps ${origin} out`, { skip }, isForbidden(scene, origin));
  }

  it("is enforced on requests within a session", { skip }, async () => {
    const headers = { Origin: good };
    const session = await RawPolling.open(scene.server, { listening: false, headers });
    scene.atEnd(() => session.end());
    const evil = { Origin: "https://evil.example" };
    const answer = await session.request("POST", "40", { headers: evil });
    assert.equal(answer.status, 403);
    const query = { sid: session.sid };
    assert.equal((await refusedWebSocket(scene.server, query, evil)).status, 403);
    assert.equal((await session.post("40")).status, 200);
  });

  it("tells a preflight of others nothing", { skip }, async () => {
    const answer = await engineRequest(scene.server, {}, preflight("https://evil.example"));
    assert.equal(answer.headers["access-control-allow-origin"], undefined);
  });

  it("is named in the log once for each refused origin", { skip }, async () => {
    const headers = { Origin: "https://once.example" };
    for (let turn = 0; turn < 3; turn += 1) await engineRequest(scene.server, {}, { headers });
    await refusedWebSocket(scene.server, {}, headers);
    await scene.bystanders.exchange();
    const lines = scene.server.log.filter((line) => /once\.example/.test(JSON.stringify(line)));
    assert.equal(lines.length, 1, JSON.stringify(lines));
    assert.match(JSON.stringify(lines), /--origins/);
  });

  it("does not concern clients that are no browsers", async () => {
    const session = await RawWebSocket.open(scene.server);
    session.end();
  });

  it("does not concern other paths", async () => {
    const headers = { Origin: "https://evil.example" };
    assert.equal((await request(scene.server, "/healthz", { headers })).status, 200);
  });
});

withServer("the same origin only", { origins: "same-origin" }, (scene) => {
  const own = () => ({ headers: { Origin: scene.server.url } });

  it("lets its own pages in", { skip }, async () => {
    const answer = await engineRequest(scene.server, {}, own());
    assert.equal(answer.status, 200);
    const { sid } = JSON.parse(answer.body.slice(1));
    await engineRequest(scene.server, { sid }, { method: "POST", body: "1", ...own() });
    const session = await RawWebSocket.open(scene.server, own());
    session.end();
  });

  it("goes by the Host header, which is what the browser sees", { skip }, async () => {
    const headers = { Host: "page.example:1234", Origin: "http://page.example:1234" };
    const session = await RawWebSocket.open(scene.server, { headers });
    session.end();
  });

  it("keeps all others out", { skip }, async () => {
    await isForbidden(scene, "https://page.example")();
    await isForbidden(scene, "http://127.0.0.1:1")();
    await isForbidden(scene, "null")();
  });
});
