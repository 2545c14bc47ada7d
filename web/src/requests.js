// Requests about rooms that a page makes by emitting them itself, in the original's vocabulary: they
// are the same as those of the API, survive reconnects, and are answered as the original answered.

const ok = [{ ok: true }];

const requests = {
  "keep-in-server": (signaler, id, emission, ...wait) => signaler.open(id, ...wait),
  "keep-session": (signaler, id, emission, ...wait) => signaler.open(id, ...wait),
  "get-session-info": (signaler, id, emission, ...wait) => signaler.ask(id, ...wait),
  "leave-room": (signaler, id, emission) => void signaler.leave(id).then(() => emission.answer(ok)),
  "cancel-wait": (signaler, id, emission) => (signaler.cancel(id), emission.answer(ok)),
};

/** Makes the request that `emission` is; false if it is none. */
export function makeRequest(signaler, emission) {
  const [event, id, ...more] = emission.args;
  if (!Object.hasOwn(requests, event) || more.length > 0) return false;
  const patience = new AbortController();
  emission.onTimeout = () => patience.abort();
  const waiter = {
    resolve: (room) => emission.answer(event === "get-session-info" ? [room] : []),
    reject: (error) => emission.fail(error),
  };
  requests[event](signaler, id, emission, waiter, patience.signal);
  return true;
}
