// The page: what is typed and shown. People and connections are in meeting.js and peer.js.
import { initReliableSignaler } from "/reliable-signaler/signaler.esm.js";
import { anyRoom, invitation, log, showVideo } from "/demos/door.js";
import { showState } from "/demos/state.js";
import { Meeting } from "./meeting.js";

const at = (id) => document.getElementById(id);
const me = {};
const signaler = initReliableSignaler(me);
let meeting = null;
let waiting = null;
let camera = null;

const tell = (sentence) => (meeting ? log(sentence) : (at("note").textContent = sentence));
showState(signaler, at("state"), tell);

async function enter(how) {
  const room = at("room").value.trim();
  if (!room) return;
  lock(true);
  waiting = new AbortController();
  const { signal } = waiting;
  try {
    if (how === "open") {
      at("note").textContent = "Opening the room.";
      await signaler.createNewRoomOnServer(room, { signal });
    } else {
      at("note").textContent = "Waiting for the room to be opened.";
      await signaler.getRoomFromServer(room, { signal });
    }
    begin(room);
  } catch (error) {
    if (error.name !== "AbortError") at("note").textContent = error.message;
    else at("note").textContent = "";
  } finally {
    lock(false);
  }
}

function lock(isBusy) {
  for (const id of ["room", "name", "open", "join"]) at(id).disabled = isBusy;
  at("cancel").hidden = !isBusy;
}

function begin(room) {
  location.hash = encodeURIComponent(room);
  at("where").textContent = room;
  at("invitation").href = location.href;
  at("door").hidden = true;
  at("inside").hidden = false;
  at("log").replaceChildren();
  meeting = new Meeting(signaler, at("name").value.trim() || "guest");
  me.peers = meeting.peers;
  meeting.addEventListener("joined", ({ detail: peer }) => onPeer(peer));
  meeting.addEventListener("changed", ({ detail: peer }) => onPeer(peer));
  meeting.addEventListener("left", ({ detail: peer }) => onLeft(peer));
  meeting.addEventListener("text", ({ detail: { peer, text } }) => log(text, { from: peer.name }));
  meeting.addEventListener("stream", ({ detail: { peer, stream } }) => {
    showVideo(peer.id, peer.name, stream);
  });
  log("You are in. Whoever else is here appears above.");
  at("text").focus();
}

const wasThere = new WeakSet();

function onPeer(peer) {
  const id = `person-${peer.id}`;
  let item = at(id);
  if (!item) {
    item = Object.assign(document.createElement("li"), { id });
    at("people").append(item);
  }
  item.className = "state";
  item.dataset.state = peer.canChat ? peer.state : "connecting";
  item.textContent = peer.state === "connected" ? peer.name : `${peer.name}: ${peer.state}`;
  if (peer.canChat && !wasThere.has(peer)) {
    wasThere.add(peer);
    log(`${peer.name} is here.`);
  }
}

function onLeft(peer) {
  at(`person-${peer.id}`)?.remove();
  showVideo(peer.id, peer.name, null);
  if (wasThere.has(peer)) log(`${peer.name} has left.`);
}

async function toggleCamera() {
  if (camera) {
    for (const track of camera.getTracks()) track.stop();
    camera = null;
  } else if (!navigator.mediaDevices) {
    return log("Browsers give cameras only to pages on https or localhost.");
  } else {
    try {
      camera = await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
    } catch (error) {
      return log(`No camera: ${error.message}.`);
    }
  }
  meeting?.show(camera);
  showVideo("mine", "you", camera, true);
  at("camera").textContent = camera ? "Camera off" : "Camera on";
}

at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  enter(event.submitter?.value ?? "open");
});
at("cancel").addEventListener("click", () => waiting.abort());
at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value.trim();
  if (!text) return;
  if (!meeting.say(text)) return log("Nobody else is here yet.");
  log(text, { from: "you", isMine: true });
  at("text").value = "";
});
at("camera").addEventListener("click", toggleCamera);
at("leave").addEventListener("click", () => {
  meeting.end();
  meeting = null;
  signaler.leaveRoom(at("where").textContent);
  if (camera) toggleCamera();
  for (const id of ["people", "videos"]) at(id).replaceChildren();
  at("door").hidden = false;
  at("inside").hidden = true;
  at("note").textContent = "You have left.";
});

at("room").value = invitation() || anyRoom();
if (invitation()) at("join").focus();
