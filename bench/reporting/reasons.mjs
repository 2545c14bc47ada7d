// Why a row misses its bound: looked up by the report for those that do, and for no others. Each
// is something that can be measured again; bench/README.md says how.
const systemCalls =
  "with one message under way in each pair nothing can be gathered, so each costs two system calls of its own " +
  "(`recvmsg`, `sendmsg`; the floor has a third, a `recv` that finds nothing): a plain Beast server " +
  "is not so many times cheaper than socket.io either (compare its column). Where more is under way, gathering saves most of them.";

export const reasons = {
  "relay-100 socket.io/ours": systemCalls,
  "open-loop ours/floor":
    "at this rate the server sleeps before nearly every message, and each finds the caches cold, so what counts is how much " +
    "code and memory a message touches, not how quickly that runs when it is warm (relay with many pairs: cheaper than the floor). " +
    "Under callgrind a message takes about 14,500 instructions here and 9,800 in the floor, with fewer system calls: about 3,800 are in " +
    "CAF (two mailboxes between socket and socket) and 1,500 validate the message, neither of which the floor has.",
  "open-loop socket.io/ours":
    "not told apart from other work on the machine, which meets this row more than any other, since the servers sleep before nearly " +
    "every message: by itself, on a quiet machine, 2.04 (and 1.13 and 1.22 of the floor, in two runs).",
  "relay-100 ours/floor":
    "not told apart from other work on the machine: the same row alone, right after such a run, gave 0.94, and an earlier report 0.98.",
  "recovery-4":
    "what is kept is memory that is not in the caches: each message has a piece of its own, takes a slot of the log and gives " +
    "back the oldest piece there. perf finds the difference in three places: where the oldest packet is looked at, where the slot is " +
    "written, and at the next lock, which waits for what was written into the new packet; there are hardly more instructions. With " +
    "4,096 bytes kept for each (`--replay-bytes`) it is 1.05, which few would want.",
  "relay-rooms-":
    "the floor's cost rises likewise (compare its line): with many connections each message finds what it needs of the kernel " +
    "and of the server out of the caches.",
  idle:
    "beside Beast's stream (2.4 kB, the floor has it too) a connection has its actor (1.2 kB, of which CAF's base is 1.0), " +
    "its socket, its outbox with the log for recovery, its entry in the session store, and half of a room actor (0.6 kB).",
};
