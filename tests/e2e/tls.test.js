// The same server over TLS, with a certificate made for the occasion.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import tls from "node:tls";
import { after, describe, it } from "node:test";
import { certify } from "./support/certificate.js";
import { within } from "./support/deadline.js";
import { request } from "./support/http.js";
import { transports } from "./support/peer.js";
import { RawWebSocket } from "./support/raw_session.js";
import { isReference, run } from "./support/server.js";
import { withServer } from "./support/suite.js";
import { RawConnection } from "./support/tcp.js";

if (!isReference) {
  const folder = mkdtempSync(path.join(tmpdir(), "signaler-tls-"));
  after(() => rmSync(folder, { recursive: true }));
  const { key, certificate } = certify(folder, "own");
  const options = { "tls-certificate": certificate, "tls-key": key };

  withServer("over TLS", options, (scene) => {
    for (const transport of transports) {
      it(`rooms and messages work over ${transport}`, async () => {
        const alice = await scene.connect("alice", { transport });
        const bob = await scene.connect("bob", { transport });
        const answered = bob.asksFor("r1");
        await scene.server.statsBecome((seen) => seen.parked === 1);
        await alice.opens("r1");
        assert.deepEqual(await answered, ["r1"]);
        const content = { text: "x".repeat(50000), blob: Buffer.alloc(50000, 7) };
        alice.says(content);
        assert.deepEqual(await bob.hears(), content);
        for (let number = 0; number < 200; number += 1) bob.says(number);
        const heard = await alice.hearsTimes(200);
        assert.ok(heard.every((number, index) => number === index));
      });
    }

    it("plain files and health are served too", async () => {
      assert.equal((await request(scene.server, "/healthz")).status, 200);
    });

    const handshake = (versions) =>
      new Promise((resolve, reject) => {
        const socket = tls.connect({
          host: "127.0.0.1",
          port: scene.server.port,
          rejectUnauthorized: false,
          // Without this the client's own library would refuse the old versions first.
          ciphers: "DEFAULT@SECLEVEL=0",
          ...versions,
        });
        socket.on("error", reject);
        socket.on("secureConnect", () => {
          resolve(socket.getProtocol());
          socket.destroy();
        });
      });

    it("versions 1.2 and 1.3 are spoken", async () => {
      for (const version of ["TLSv1.2", "TLSv1.3"]) {
        const versions = { minVersion: version, maxVersion: version };
        assert.equal(await within(handshake(versions), "TLS handshake"), version);
      }
    });

    it("versions 1.0 and 1.1 are refused", async () => {
      for (const version of ["TLSv1", "TLSv1.1"]) {
        const versions = { minVersion: version, maxVersion: version };
        await assert.rejects(within(handshake(versions), "TLS handshake"), { code: /SSL|RESET/ });
      }
    });

    it("plain HTTP is turned away", async () => {
      const connection = await RawConnection.open(scene.server);
      await connection.write("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
      await connection.isClosed();
      assert.ok(!connection.statuses.includes(200), connection.text);
    });

    it("a handshake that breaks off, or is garbage, hurts nobody", async () => {
      const half = await RawConnection.open(scene.server);
      await half.write(Buffer.from([0x16, 0x03, 0x01, 0x02]));
      half.end();
      const garbage = await RawConnection.open(scene.server);
      await garbage.write(Buffer.alloc(5000, 0xff));
      await garbage.isClosed();
    });

    it("a connection that is cut leaves nothing behind", async () => {
      const session = await RawWebSocket.open(scene.server);
      await session.joinsNamespace();
      await session.opens("r1");
      session.vanishes();
      await scene.server.statsBecome(scene.baseline);
    });
  });

  describe("TLS options", () => {
    /** One line on stderr, and the exit code of a wrong command line. */
    async function isRefused(...args) {
      const { code, stderr } = await run(["--port=0", ...args]);
      assert.deepEqual([code, stderr.trim().split("\n").length], [2, 1], stderr);
      return stderr;
    }

    it("belong together", async () => {
      await isRefused(`--tls-certificate=${certificate}`);
      await isRefused(`--tls-key=${key}`);
    });

    it("name files that exist, are well-formed and belong together", async () => {
      const nothing = path.join(folder, "nothing.pem");
      const garbage = path.join(folder, "garbage.pem");
      writeFileSync(garbage, "-----BEGIN NOTHING-----");
      const other = certify(folder, "other");
      assert.match(await isRefused(`--tls-certificate=${nothing}`, `--tls-key=${key}`), /nothing/);
      await isRefused(`--tls-certificate=${garbage}`, `--tls-key=${key}`);
      await isRefused(`--tls-certificate=${certificate}`, `--tls-key=${garbage}`);
      await isRefused(`--tls-certificate=${certificate}`, `--tls-key=${other.key}`);
    });
  });
}
