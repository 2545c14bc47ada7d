// What the demos share: the row in which a room is named, opened or joined, the log, the videos.

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

/** The room in the page's address, if there is one. */
export function invitation() {
  const text = location.hash.slice(1);
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // somebody has typed it
  }
}

export const anyRoom = () => `room-${Math.floor(Math.random() * 9000) + 1000}`;

/** On pages with old libraries: calls `open(room)` or `join(room)` when its button is pressed, once. */
export function openDoor({ open, join }) {
  // The libraries hang up when a page goes. Should the browser show it again as it was, it begins anew.
  window.addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
  at("room").value = invitation() || anyRoom();
  const go = (action, sentence) => () => {
    const room = at("room").value.trim();
    if (!room) return at("room").focus();
    for (const id of ["room", "open", "join", "video"]) at(id)?.setAttribute("disabled", "");
    location.hash = encodeURIComponent(room);
    at("invitation").href = location.href;
    at("invitation").parentElement.hidden = false;
    tell(sentence);
    action(room);
  };
  at("open").addEventListener("click", go(open, "Opening the room."));
  at("join").addEventListener("click", go(join, "Waiting for the room to be opened."));
  if (invitation()) at("join").focus();
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
