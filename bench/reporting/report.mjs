// Makes report.md and its plots from report/results.jsonl. Measures nothing.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { load } from "./data.mjs";
import { figureTable, inTurn, latencyTable, microTable, partlyText, rowTable, runsText } from "./details.mjs";
import { digits } from "./format.mjs";
import { plots } from "./plots.mjs";
import { awakeText, growthTable, idleTable, missed, parkingText, promiseTable, raceTable, recoveryTable, twoThreads } from "./tables.mjs";

const { values: options } = parseArgs({ options: { folder: { type: "string" } } });
const data = load(options.folder);

const list = (labels) => labels.map((label) => `\`${label}\``).join(", ");
const turns = inTurn(data);
const sideBySide = turns.length
  ? `In ${list(turns)} the servers were measured one after the other: what is compared there are medians, and other work may have met one more than the other.`
  : "";
const raced = "churn-create,churn-join,relay-100,relay-100-4,relay-1,fan-out,open-loop,two-threads";
const rate = data.option(data.find("open-loop", "ours"), "rate");

// In the report's order: its tables find what has missed its bound.
writeFileSync(
  path.join(options.folder, "report.md"),
  `# What an operation costs, measured

${[runsText(data), partlyText(data)].filter(Boolean).join("\n\n")}

Servers run on core 0, the load on core 1. Where the table of [rows](#rows) says "together", all servers of the row are alive at once, windows
alternate between them, and a ratio is formed inside each round. ${sideBySide}
Clients that come back ([what recovery costs](#what-recovery-costs)) and points of a curve ([how cost grows](#how-cost-grows)) are rows of their own, and so are compared by their
medians, too. What stands here are medians with quartiles; a verdict is by the median, and says when a quartile lies on the other side. Rows are
measured again by the command beside them; with \`--into=bench\` they replace those of this report.
[report/results.jsonl](report/results.jsonl) has more: what each run was and how it started its servers, all quartiles and ratios, latency curves.

## The race: server CPU for one operation

The floor is a plain Beast server with the same handshake: \`async_write\`, no actors, no validation, no recovery. Ours
validates everything and has recovery on; the socket.io 4.8 server has the same rooms and no recovery.

${raceTable(data)}

Two threads instead of one, CPU for a relayed message: ${twoThreads(data)}.
Two cores leave no room to show throughput: the load needs one of them.
Again: ${data.again(raced)}.

## Idle connections

${idleTable(data)}
Again: ${data.again("idle")}.

## Coming back, and waiting

${promiseTable(data)}

Again: ${data.again("storm,parked-1000")}.

## What recovery costs

Relayed messages: the same server with \`--grace=0\`, in the same windows. Clients that come back: connection, Socket.IO's CONNECT,
and the question for their room, in rows one after the other; their quartiles are one row's against the other's.

${recoveryTable(data)}
Again: ${data.again("recovery,resume,resume-0,resume-5,resume-anew")}.

## How cost grows

${growthTable(data)}

${parkingText(data)}CPU of parked joiners is counted from the opening until the last is awake${parkingText(data) && " and the server at rest"}.${awakeText(data)}
Again: ${data.again("relay-rooms,churn-beside,parked")}.

## Bounds that were missed, and why

${missed(data)}

## Other figures

${figureTable(data)}

## Latencies

In microseconds. In a closed loop they say how long the queue is, not how quick the server: look at the open loop${rate ? ` (${digits(Number(rate))} a second)` : ""}, which counts
from the moment a message was due, whether it could be sent then or not: its percentiles are free of coordinated omission.

The load has a core of its own, and its CPU for one operation stands beside the server's. Where it is the greater (\`*\`) the load is the slower side:
what a closed loop does a second, and how long that takes, is then the load's. The server's CPU for one operation remains right; it sleeps more often, and gathers
less. (In \`parked\` and \`resume\` the load's also counts what comes before: asking, dropping, and saying what is missed.) At a fixed rate the load spins until the
next message is due, and so always uses its whole core.

Memory is the server's private memory at the end of a window, and behind it the most it ever had resident, files included: all of it, not what a client takes, and
peers with a collector were not asked to collect (for that see [idle connections](#idle-connections)).

${latencyTable(data)}

## Parts

Single steps, without a server ([micro/](micro)): validating and decoding messages, encoding one, giving it to so many
receivers, replaying so many missed events. Instructions are counted under callgrind: the same on every run and under any load.

${microTable(data)}

Again: ${data.again("micro")}.

## Rows

${rowTable(data)}

## Plots

${plots(data)}
`,
);
