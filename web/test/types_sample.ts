// Not run: compiles only if the types say what the documentation says.
import { initReliableSignaler, SignalerError, type Signaler } from "reliable-signaler-client";

const connection = { userid: "me" };
const signaler: Signaler = initReliableSignaler(connection, "https://example.org", {
  auth: (send) => send({ ticket: 1 }),
  io: { path: "/elsewhere/" },
});
const patience = new AbortController();

export async function use(): Promise<string> {
  signaler.createNewRoomOnServer("a", () => {});
  signaler.getRoomFromServer("a", (roomid) => roomid.length, { signal: patience.signal });
  signaler
    .on("gap", ({ rooms }) => rooms.some(({ members }) => members.some((id) => id === signaler.id)))
    .on("reconnecting", ({ attempt, delayMs }) => attempt + delayMs)
    .on("dropped", ({ event, reason }) => event.length > 0 && reason === "no-room")
    .on("refused", (error) => error instanceof SignalerError && error.code);
  signaler.socket.emit("message", { any: "thing" });
  // @ts-expect-error there is no such event
  signaler.on("reconected", () => {});
  await signaler.leaveRoom("a");
  return signaler.getRoomFromServer("b", { signal: patience.signal });
}
