// A video conference with RTCMultiConnection 2.2.5: everybody is connected to everybody.
import { guestName, openDoor, showVideo, tell } from "/demos/door.js";

const connection = new RTCMultiConnection();
connection.userid = guestName();
const signaler = initReliableSignaler(connection, "/");
showState(signaler, document.getElementById("state"), tell);

connection.getExternalIceServers = false;
connection.log = false;
connection.session = { audio: true, video: true };
connection.direction = "many-to-many";

openDoor({
  open(roomid) {
    connection.channel = connection.sessionid = connection.userid = roomid;
    connection.open({
      dontTransmit: true,
      onMediaCaptured() {
        signaler.createNewRoomOnServer(roomid, () => tell("The conference is open."));
      },
    });
  },
  join(roomid) {
    signaler.getRoomFromServer(roomid, (sessionid) => {
      tell("The conference is open. Connecting.");
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
