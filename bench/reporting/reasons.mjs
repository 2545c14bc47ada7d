// Why a row misses its bound: looked up by the report for those that do, and for no others. Each
// is something that can be measured again; bench/README.md says how.
const systemCalls =
  "with one message under way in each pair nothing can be gathered, so each costs two system calls of its own " +
  "(`recvmsg`, `sendmsg`; the floor has a third, a `recv` that finds nothing): a plain Beast server " +
  "is not so many times cheaper than socket.io either (compare its column). Where more is under way, gathering saves most of them.";

const othersAtWork = "not told apart from other work on the machine: measure the row alone, on a quiet one.";

const joinersInCaches =
  "Work does not grow: callgrind counts 31,300, 26,500 and 25,600 instructions here for each of 100, 1,000 and 5,000 joiners from the question to " +
  "the answer and away again. A last cache of 32 MB is missed 10, 5 and 54 times: each of 5,000 has its memory to be fetched anew, " +
  "and 100 pay more each for what a round costs once. The kernel's part is not in these counts.";

/** A text, or what makes one of `times(growth, server)`: a curve's points in times of its first. */
export const reasons = {
  "relay-100 socket.io/ours": systemCalls,
  "open-loop ours/floor":
    "at this rate the server sleeps before nearly every message, and each finds the caches cold, so what counts is how much " +
    "code and memory a message touches, not how quickly that runs when it is warm (relay with many pairs: cheaper than the floor). " +
    "Under callgrind a message takes about 14,500 instructions here and 9,800 in the floor, with fewer system calls: about 3,800 are in " +
    "CAF (two mailboxes between socket and socket) and 1,500 validate the message, neither of which the floor has.",
  "open-loop socket.io/ours": `the servers sleep before nearly every message, and so other work meets this row more than any other: ${othersAtWork}`,
  "relay-100 ours/floor": othersAtWork,
  "recovery-4":
    "what is kept is memory that is not in the caches: each message has a piece of its own, takes a slot of the log and gives " +
    "back the oldest piece there. perf finds the difference in three places: where the oldest packet is looked at, where the slot is " +
    "written, and at the next lock, which waits for what was written into the new packet; there are hardly more instructions.",
  "relay-rooms": ({ times }) =>
    `in times of the first: ours ${times("relay-rooms", "ours")}; the floor ${times("relay-rooms", "floor")}. It is memory and not work: ` +
    "callgrind counts 11,900, 9,800 and 10,900 instructions of a message here with 10, 1,000 and 5,000 rooms (in the floor 10,000, 10,700 and " +
    "11,500), but of a last cache of 32 MB it finds that a message misses it 0, 7 and 72 times (the floor 0, 0 and 7 times). What a message " +
    "touches of two connections, their actors, the room and the log is several kilobytes, and of 10,000 connections more than the cache holds; " +
    "on a machine that shares its cache with others that begins sooner.",
  parking: ({ times }) => `in times of the first: ours ${times("parking", "ours")}; the floor ${times("parking", "floor")}. ${joinersInCaches}`,
  parked: ({ times }) => `in times of the first: ours ${times("parked", "ours")}; the floor ${times("parked", "floor")}. ${joinersInCaches}`,
  "parked-awake": ({ times }) =>
    `in times of the first: ours ${times("parked-awake", "ours")}; the floor ${times("parked-awake", "floor")}. It follows the CPU that ` +
    "waking costs (the line above).",
  "storm-reset":
    "with backlogs alike nobody waits for the kernel to try again, and nearly all of the time is CPU of the server (see the lines below that table), which " +
    "for each client ends a connection, accepts one, and answers two handshakes and a question. A plain Beast server is not three times sooner " +
    "than socket.io at that either (compare its column).",
  idle:
    "beside Beast's stream, which the floor has too, a connection has its actor, its socket, its outbox with the log for " +
    "recovery, its entry in the session store, and half of a room actor.",
};

/** Why "more than" stands before a storm's time. */
export const stormCap =
  "The harness gives up no connection attempt by itself (socket.io's client does after 20 s): when more come than may wait to be " +
  "accepted, the kernel drops their SYNs and repeats them after seconds, each time later, and who is dropped some times in a row is not back " +
  "when patience ends. Where the time is \"more than\" that, it is no measurement, and the factor a lower bound.";
