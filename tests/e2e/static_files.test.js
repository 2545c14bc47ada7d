// The web folder over HTTP: what it serves, how it is cached, and that nothing else is reachable.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, it } from "node:test";
import { request } from "./support/http.js";
import { isReference } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { RawConnection } from "./support/tcp.js";

const secret = "nobody may read this";

/** A web folder in a folder that holds a secret beside it. */
function makeFolder() {
  const parent = mkdtempSync(path.join(tmpdir(), "signaler-web-"));
  const root = path.join(parent, "web");
  mkdirSync(path.join(root, "demos/deep"), { recursive: true });
  mkdirSync(path.join(root, ".git"));
  const files = {
    "../secret.txt": secret,
    ".git/config": secret,
    ".env": secret,
    "index.html": "<!doctype html><title>root</title>",
    "demos/index.html": "<!doctype html><title>demos</title>",
    "demos/deep/a b.txt": "blanks",
    "demos/deep/ü.txt": "umlaut",
    "script.js": "export {};",
    "script.mjs": "export {};",
    "style.css": "body {}",
    "data.json": "{}",
    "script.js.map": "{}",
    "picture.svg": "<svg/>",
    "picture.png": "PNG",
    "favicon.ico": "ICO",
    "module.wasm": "\0asm",
    "unknown.xyz": "?",
    "empty.txt": "",
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(root, name), content);
  }
  symlinkSync("../secret.txt", path.join(root, "link.txt"));
  symlinkSync("..", path.join(root, "up"));
  return { parent, root };
}

const contentTypes = {
  "/": /^text\/html; *charset=utf-8$/i,
  "/index.html": /^text\/html; *charset=utf-8$/i,
  "/script.js": /^text\/javascript; *charset=utf-8$/i,
  "/script.mjs": /^text\/javascript; *charset=utf-8$/i,
  "/style.css": /^text\/css; *charset=utf-8$/i,
  "/data.json": /^application\/json/,
  "/script.js.map": /^application\/json/,
  "/picture.svg": /^image\/svg\+xml/,
  "/picture.png": /^image\/png$/,
  "/favicon.ico": /^image\/(x-icon|vnd\.microsoft\.icon)$/,
  "/module.wasm": /^application\/wasm$/,
  "/unknown.xyz": /^application\/octet-stream$/,
};

/** None of these may show the secret, or anything but an error. */
const escapes = [
  "/../secret.txt",
  "/../../../../../../etc/passwd",
  "/demos/../../secret.txt",
  "/%2e%2e/secret.txt",
  "/%2E%2E%2fsecret.txt",
  "/..%2fsecret.txt",
  "/..%5csecret.txt",
  "/..\\secret.txt",
  "/%252e%252e/secret.txt",
  "/%c0%ae%c0%ae/secret.txt",
  "/....//secret.txt",
  "/./.././secret.txt",
  "//../secret.txt",
  "//etc/passwd",
  "/etc/passwd",
  "/index.html%00.txt",
  "/index.html/../../secret.txt",
  "/link.txt",
  "/up/secret.txt",
  "/.git/config",
  "/.env",
  "/demos/deep/%",
  "/demos/deep/%zz",
  "/socket.io/../../secret.txt",
  "file:///etc/passwd",
  "http://127.0.0.1/../secret.txt",
];

if (!isReference) {
  const { parent, root } = makeFolder();
  after(() => rmSync(parent, { recursive: true }));

  withServer("static files", { "web-root": root }, (scene) => {
    const get = (file, options) => request(scene.server, file, options);

    for (const [file, type] of Object.entries(contentTypes)) {
      it(`have their content type: ${file}`, async () => {
        const answer = await get(file);
        assert.equal(answer.status, 200);
        assert.match(answer.headers["content-type"], type);
        assert.equal(answer.headers["x-content-type-options"], "nosniff");
      });
    }

    it("are found under decoded names, whatever the query", async () => {
      assert.equal((await get("/demos/deep/a%20b.txt")).body, "blanks");
      assert.equal((await get("/demos/deep/%C3%BC.txt?v=1&../x")).body, "umlaut");
      assert.equal((await get("/empty.txt")).body, "");
    });

    it("of a folder are its index, under a path with a slash", async () => {
      assert.match((await get("/demos/")).body, /demos/);
      const moved = await get("/demos");
      assert.equal(moved.status, 301);
      assert.equal(moved.headers.location, "/demos/");
      assert.equal((await get("/demos/deep/")).status, 404);
    });

    it("redirect to nowhere but here", async () => {
      for (const file of ["//demos", "//evil.example/demos", "/\\evil.example"]) {
        const answer = await get(file);
        const location = answer.headers.location ?? "/";
        assert.match(location, /^\/(?![/\\])/, `${file} leads to ${location}`);
      }
    });

    it("are validated by ETag: 304 without a body while they are the same", async () => {
      const first = await get("/script.js");
      const { etag } = first.headers;
      assert.match(etag, /^"[^"]+"$/);
      for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = await get("/script.js", { headers: { "If-None-Match": condition } });
        assert.deepEqual(
          [again.status, again.body, again.headers.etag],
          [304, "", etag],
          condition,
        );
      }
      const other = await get("/script.js", { headers: { "If-None-Match": '"other"' } });
      assert.deepEqual([other.status, other.body], [200, first.body]);
    });

    it("are sent anew when they have changed", async () => {
      const file = path.join(root, "changing.txt");
      writeFileSync(file, "before");
      const first = await get("/changing.txt");
      writeFileSync(file, "after all");
      const headers = { "If-None-Match": first.headers.etag };
      const second = await get("/changing.txt", { headers });
      assert.deepEqual([first.body, second.status, second.body], ["before", 200, "after all"]);
    });

    it("answer HEAD as GET, without the body", async () => {
      const whole = await get("/index.html");
      const head = await get("/index.html", { method: "HEAD" });
      assert.deepEqual([head.status, head.body], [200, ""]);
      for (const name of ["content-length", "content-type", "etag"]) {
        assert.equal(head.headers[name], whole.headers[name]);
      }
    });

    for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
      it(`cannot be changed by ${method}`, async () => {
        const answer = await get("/index.html", { method, body: "x" });
        assert.equal(answer.status, 405);
        assert.match(answer.headers.allow, /GET/);
      });
    }

    it("that do not exist are 404, on a connection that lives on", async () => {
      const connection = await RawConnection.open(scene.server);
      const head = (file, more = "") => `GET ${file} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
      await connection.write(head("/nothing") + head("/data.json", "Connection: close\r\n"));
      await connection.isClosed();
      assert.deepEqual(connection.statuses, [404, 200]);
    });

    for (const file of escapes) {
      it(`do not include ${file}`, async () => {
        const connection = await RawConnection.open(scene.server);
        await connection.write(`GET ${file} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        await connection.isClosed();
        assert.doesNotMatch(connection.text, /nobody may read|root:/);
        assert.ok([301, 400, 404].includes(connection.statuses[0]), connection.text);
      });
    }

    it("are served beside Socket.IO, health and no statistics", async () => {
      assert.equal((await get("/healthz")).status, 200);
      assert.equal((await get("/stats")).status, 404);
      const alice = await scene.connect("alice");
      await alice.opens("r1");
    });
  });
}
