// Shows where a signaler stands, in words, in one element of the page.

const words = { connecting: "Connecting", connected: "Connected", closed: "Disconnected" };

/** Keeps `element` telling what `signaler` does; `tell` gets a sentence about each turn of events. */
export function showState(signaler, element, tell = () => {}) {
  const show = (state, text = words[state]) => {
    element.dataset.state = state;
    element.textContent = text;
  };
  show(signaler.state);
  signaler.on("connected", ({ first }) => {
    show("connected");
    if (first) tell("Connected to the server.");
  });
  signaler.on("disconnected", () => {
    show("reconnecting", "Connection lost");
    tell("The connection to the server is lost. What is said meanwhile is kept.");
  });
  signaler.on("reconnecting", ({ attempt, delayMs }) => {
    show("reconnecting", `Trying again in ${(delayMs / 1000).toFixed(1)} s (attempt ${attempt})`);
  });
  signaler.on("recovered", ({ rooms }) => {
    tell(rooms.length ? `Back in ${rooms.join(", ")}.` : "Back.");
  });
  signaler.on("dropped", ({ reason }) => {
    // What is said to a room that is left on purpose need not be told.
    if (reason === "full") tell("Too much was waiting: the oldest message is lost.");
  });
  signaler.on("refused", (error) => tell(`The server refused: ${error.message}.`));
  signaler.on("closed", ({ reason }) => {
    show("closed");
    if (reason !== "io client disconnect") tell(`Disconnected: ${reason}.`);
  });
}

/** For pages without modules of their own. */
globalThis.showState = showState;
