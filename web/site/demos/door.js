// The row in which a room is named, opened or joined: the same on all pages with old libraries.

const at = (id) => document.getElementById(id);

/** The libraries tell people apart by a text of the page's choice: one that can be read. */
export const guestName = () => `guest-${Math.floor(Math.random() * 900_000) + 100_000}`;

export const tell = (sentence) => (at("note").textContent = sentence);

export function log(text, { from, isMine } = {}) {
  const item = document.createElement("li");
  item.className = isMine ? "mine" : from ? "" : "event";
  if (from) item.append(Object.assign(document.createElement("b"), { textContent: from }));
  item.append(text);
  at("log").append(item);
  at("log").scrollTop = at("log").scrollHeight;
}

/** Shows a stream as a small picture with a name; twice the same replaces it, without it goes. */
export function showVideo(id, name, stream, isMine) {
  at(`video-${id}`)?.remove();
  if (!stream) return;
  const figure = Object.assign(document.createElement("figure"), { id: `video-${id}` });
  const video = document.createElement("video");
  Object.assign(video, { autoplay: true, playsInline: true, muted: isMine, srcObject: stream });
  figure.append(video, Object.assign(document.createElement("figcaption"), { textContent: name }));
  at("videos").append(figure);
}

/** Calls `open(room)` or `join(room)` when its button is pressed, once. */
export function openDoor({ open, join }) {
  const invited = decodeURIComponent(location.hash.slice(1));
  at("room").value = invited || `room-${Math.floor(Math.random() * 9000) + 1000}`;
  const go = (action, sentence) => () => {
    const room = at("room").value.trim();
    if (!room) return at("room").focus();
    for (const id of ["room", "open", "join"]) at(id).disabled = true;
    location.hash = encodeURIComponent(room);
    tell(sentence);
    action(room);
  };
  at("open").addEventListener("click", go(open, "Opening the room."));
  at("join").addEventListener("click", go(join, "Waiting for the room to be opened."));
}

/** Calls `send(text)` for what is typed. */
export function letType(send) {
  at("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("text").value.trim();
    if (!text) return;
    send(text);
    log(text, { from: "you", isMine: true });
    at("text").value = "";
  });
}

export function enable(...ids) {
  for (const id of ids) at(id).disabled = false;
}
