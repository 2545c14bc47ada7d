// Text, files and video with RTCMultiConnection 2.2.5, called as its documentation says.
import { enable, guestName, letType, log, openDoor, showVideo, tell } from "/demos/door.js";

const at = (id) => document.getElementById(id);
const connection = new RTCMultiConnection();
connection.userid = guestName();
const signaler = initReliableSignaler(connection, "/");
showState(signaler, at("state"), log);

connection.getExternalIceServers = false;
connection.log = false;
connection.transmitRoomOnce = true;

const session = () => ({ data: true, audio: at("video").checked, video: at("video").checked });

openDoor({
  open(roomid) {
    connection.session = session();
    connection.channel = connection.sessionid = connection.userid = roomid;
    connection.open({
      dontTransmit: true,
      onMediaCaptured() {
        signaler.createNewRoomOnServer(roomid, () => {
          tell("The room is open. Whoever joins it is connected to you.");
        });
      },
    });
  },
  join(roomid) {
    connection.session = session();
    signaler.getRoomFromServer(roomid, (sessionid) => {
      tell("The room is open. Connecting.");
      connection.channel = connection.sessionid = sessionid;
      connection.join({ sessionid, userid: sessionid, extra: {}, session: connection.session });
    });
  },
});

connection.onstream = ({ type, stream, streamid, userid }) => {
  showVideo(streamid, type === "local" ? "you" : userid, stream, type === "local");
};
connection.onstreamended = ({ streamid }) => showVideo(streamid);
connection.onMediaError = (error) => tell(`No camera or microphone: ${error.message || error.name}`);

connection.onopen = ({ userid }) => {
  tell(`Connected to ${userid}.`);
  enable("text", "send", "file");
};
connection.onmessage = ({ data, userid }) => log(data, { from: userid });
connection.onleave = ({ userid }) => log(`${userid} has left.`);
letType((text) => connection.send(text));

at("file").addEventListener("change", () => {
  const [file] = at("file").files;
  if (file) connection.send(file);
});

const progress = (value) => {
  at("progress").hidden = value === null;
  at("progress").value = value ?? 0;
};
connection.onFileStart = () => progress(0);
connection.onFileProgress = ({ currentPosition, maxChunks }) => progress(currentPosition / maxChunks);
connection.onFileEnd = (file) => {
  progress(null);
  const isMine = file.userid === connection.userid;
  const link = document.createElement("a");
  Object.assign(link, { href: file.url, download: file.name, textContent: file.name });
  log(isMine ? `${file.name} is sent.` : link, { from: isMine ? "you" : file.userid, isMine });
};
