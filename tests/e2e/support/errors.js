// The error bodies of Engine.IO, by the names under which tests speak of them.
export const errors = {
  unknownTransport: { code: 0, message: "Transport unknown" },
  unknownSession: { code: 1, message: "Session ID unknown" },
  badMethod: { code: 2, message: "Bad handshake method" },
  badRequest: { code: 3, message: "Bad request" },
  forbidden: { code: 4, message: "Forbidden" },
  unsupported: { code: 5, message: "Unsupported protocol version" },
};
