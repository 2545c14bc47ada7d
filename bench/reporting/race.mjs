// What this server wants to reach, row by row: the bounds the report compares with.

/** `floor`: cost at most so many times the plain server's. `rival`: so many times cheaper, at least. Without: only shown. */
export const race = [
  { label: "churn-create", name: "churn: open a room", floor: 1.2, rival: 4.5 },
  { label: "churn-join", name: "churn: join a room", floor: 1.2, rival: 4 },
  { label: "relay-100", name: "relay, 100 pairs, 1 under way", floor: 1.1, rival: 3.5 },
  { label: "relay-100-4", name: "relay, 100 pairs, 4 under way", floor: 1.1, rival: 3.5 },
  { label: "relay-1", name: "relay, 1 pair, 16 under way", floor: 1, rival: 2.3 },
  { label: "fan-out-10", name: "fan-out to 10" },
  { label: "fan-out-100", name: "fan-out to 100", floor: 0.95, rival: 1.6 },
  { label: "fan-out-1000", name: "fan-out to 1,000", floor: 0.95, rival: 1.8 },
  { label: "open-loop", name: "open loop, 2,000 a second", floor: 1.2, rival: 1.7 },
];

export const bounds = {
  /** Private memory of an idle connection, in times the floor's. */
  idle: 1.2,
  /** After a storm all are back so many times sooner than with socket.io. */
  storm: 3,
  /** Milliseconds from the opening until the last of 1,000 parked joiners knows. */
  lastAwakeMs: 20,
  /** Microseconds of CPU a second for each parked joiner: what the clock of a quiet server shows. */
  parkedCpu: 0.05,
  /** CPU for a relayed message with recovery on, in times that with it off. */
  recovery: 1.1,
  /** CPU for a client that resumes, in times one that comes anew. */
  resume: 1.5,
  /** CPU for one operation with two threads, in times that with one. */
  twoThreads: 1.15,
};
