// Builds dist/, the web root as it is served: scripts, the stock client's files, pages, libraries.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const dist = path.join(root, "dist");
const require = createRequire(import.meta.url);
const packageFolder = (name) => path.dirname(require.resolve(`${name}/package.json`));
const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));

/** signaler.js for script tags, signaler.esm.js for modules; the stock client is inside both. */
function bundles() {
  const common = {
    absWorkingDir: root,
    bundle: true,
    minify: true,
    sourcemap: true,
    target: "es2021",
    legalComments: "none",
    banner: { js: `/* reliable-signaler ${version}, with socket.io-client inside. MIT licence. */` },
  };
  const outfile = (name) => path.join(dist, "reliable-signaler", name);
  return Promise.all([
    build({ ...common, entryPoints: ["src/browser.js"], format: "iife", outfile: outfile("signaler.js") }),
    build({ ...common, entryPoints: ["src/index.js"], format: "esm", outfile: outfile("signaler.esm.js") }),
  ]);
}

/** What a Socket.IO server serves below its path, byte for byte. */
async function stockClient() {
  const from = path.join(packageFolder("socket.io-client"), "dist");
  for (const name of await readdir(from)) {
    if (/\.js(\.map)?$/.test(name)) await cp(path.join(from, name), path.join(dist, "socket.io", name));
  }
}

/** Replaces what must be there exactly once: a library that changed must be looked at again. */
function replaceOnce(text, wanted, replacement) {
  const parts = text.split(wanted);
  if (parts.length !== 2) throw new Error(`not exactly once in the library: ${wanted}`);
  return parts.join(replacement);
}

/** The libraries the original package was made for. */
async function oldLibraries() {
  const to = path.join(dist, "demos", "lib");
  await mkdir(to, { recursive: true });
  const read = (name, file) => readFile(path.join(packageFolder(name), file), "utf8");
  // It loads a frame from its author's server, for TURN servers that are gone.
  const frame = "https://cdn.webrtc-experiment.com/getIceServers/";
  const dataChannel = replaceOnce(await read("datachannel", "DataChannel.js"), frame, "about:blank");
  await writeFile(path.join(to, "DataChannel.js"), dataChannel);
  for (const [name, file] of [
    ["rtcmulticonnection", "RTCMultiConnection.js"],
    ["fbr", "FileBufferReader.js"],
  ]) {
    await writeFile(path.join(to, file), await read(name, file));
  }
}

await rm(dist, { recursive: true, force: true });
await cp(path.join(root, "site"), dist, { recursive: true });
await Promise.all([bundles(), stockClient(), oldLibraries()]);
await cp(path.join(dist, "index.html"), path.join(dist, "demos", "index.html"));
console.log(`Built ${path.relative(process.cwd(), dist) || dist}`);
