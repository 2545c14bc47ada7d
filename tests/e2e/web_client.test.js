// The web client inside the binary: served from any folder, byte for byte, unless told otherwise.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { request } from "./support/http.js";
import { command, isReference, Server } from "./support/server.js";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.resolve(here, "../../web/dist");

function* filesBelow(folder) {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (statSync(file).isDirectory()) yield* filesBelow(file);
    else yield file;
  }
}

const told = ({ headers }) => [headers.etag, headers["content-type"], headers["cache-control"]];

describe("the web client in the binary", { skip: isReference && "reference: has none" }, () => {
  let elsewhere, server, fromFolder;

  before(async () => {
    elsewhere = mkdtempSync(path.join(tmpdir(), "signaler-elsewhere-"));
    server = await Server.start({}, ["/usr/bin/env", "-C", elsewhere, ...command()]);
    fromFolder = await Server.start({ "web-root": dist });
  });
  after(async () => {
    await Promise.all([server?.stop(), fromFolder?.stop()]);
    rmSync(elsewhere, { recursive: true });
  });

  for (const file of ["/", "/reliable-signaler/signaler.js", "/socket.io/socket.io.js", "/demos/"]) {
    it(`is served without an option, from any folder: ${file}`, async () => {
      const answer = await request(server, file);
      assert.equal(answer.status, 200);
      assert.notEqual(answer.body, "");
    });
  }

  it("is what was built, with the headers that a folder's files have", async () => {
    const files = [...filesBelow(dist)];
    assert.ok(files.length > 10, `${files.length} files in ${dist}`);
    for (const file of files) {
      const target = `/${path.relative(dist, file)}`;
      const answer = await request(server, target);
      assert.equal(answer.status, 200, target);
      assert.ok(answer.body === readFileSync(file, "utf8"), `${target} differs`);
      assert.deepEqual(told(answer), told(await request(fromFolder, target)), target);
    }
  });

  it("is not sent again to who has it", async () => {
    const { headers } = await request(server, "/reliable-signaler/signaler.js");
    const again = await request(server, "/reliable-signaler/signaler.js", {
      headers: { "If-None-Match": headers.etag },
    });
    assert.deepEqual([again.status, again.body], [304, ""]);
  });

  it("gives way to a folder, or to nothing", async () => {
    writeFileSync(path.join(elsewhere, "index.html"), "mine");
    const servers = await Promise.all(
      [elsewhere, "none"].map((folder) => Server.start({ "web-root": folder })),
    );
    try {
      const answers = [];
      for (const one of servers) {
        for (const file of ["/", "/reliable-signaler/signaler.js"]) {
          const { status, body } = await request(one, file);
          answers.push(status === 200 ? body : status);
        }
      }
      assert.deepEqual(answers, ["mine", 404, 404, 404]);
    } finally {
      await Promise.all(servers.map((one) => one.stop()));
    }
  });
});
