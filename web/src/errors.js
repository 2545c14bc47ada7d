// The one error type of this package.

/**
 * Why something asked for will not happen. `code` is for programs: the server's codes (`room-taken`,
 * `invalid-room-id`, ...), or `closed` (the signaler was closed), `left` (the page left the room).
 */
export class SignalerError extends Error {
  constructor(code, message, { event, room } = {}) {
    super(message);
    this.name = "SignalerError";
    this.code = code;
    this.event = event;
    this.room = room;
  }
}
