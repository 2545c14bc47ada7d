// npm run churn -- 50000: the long leak test. Prints the numbers it saw; exits with 1 when /stats
// does not come back to its baseline or memory grows.
import { eventually } from "./support/deadline.js";
import { churn, heartbeat } from "./support/churn.js";
import { Server } from "./support/server.js";

const total = Number(process.argv[2] ?? 50000);
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);

const server = await Server.start(heartbeat);
try {
  const idle = await server.gauges();
  const warmUp = Math.ceil(total / 10);
  await churn(server, warmUp);
  await server.statsBecome(idle, 60_000);
  const before = server.residentBytes();
  const report = (count) =>
    count % 5000 === 0 &&
    console.log(`${count} sessions, ${megabytes(server.residentBytes())} MB resident`);
  const begun = performance.now();
  await churn(server, total - warmUp, { onProgress: report });
  const seconds = (performance.now() - begun) / 1000;
  const after = await server.statsBecome(idle, 60_000);
  // The server returns what a crowd needed some seconds after the crowd has gone.
  const bound = before + 4e6;
  await eventually("flat", () => server.residentBytes() < bound, 15_000).catch(() => {});
  const grown = server.residentBytes() - before;
  console.log(`/stats ${JSON.stringify(after)}`);
  console.log(
    `${total} sessions, ${(total / seconds).toFixed(0)} a second at the end; resident memory ` +
      `${megabytes(before)} MB after the first ${warmUp}, ${megabytes(grown)} MB more at the end`,
  );
  if (grown > 4e6) throw new Error("resident memory is not flat");
  await server.stop();
} finally {
  server.kill();
}
