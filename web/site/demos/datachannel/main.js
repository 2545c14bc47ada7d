// Text chat with DataChannel.js. What matters is in open() and join(): as the library documents it.
import { enable, guestName, letType, log, openDoor, tell } from "/demos/door.js";

const channel = new DataChannel();
channel.userid = guestName();
const signaler = initReliableSignaler(channel, "/");
showState(signaler, document.getElementById("state"), log);

channel.ondatachannel = () => {};

openDoor({
  open(roomid) {
    signaler.createNewRoomOnServer(roomid, () => {
      channel.userid = roomid;
      channel.transmitRoomOnce = true;
      channel.open(roomid);
      tell("The room is open. Whoever joins it is connected to you.");
    });
  },
  join(roomid) {
    signaler.getRoomFromServer(roomid, (id) => {
      channel.connect(id);
      channel.join({ id, owner: id });
      tell("The room is open. Connecting.");
    });
  },
});

const people = new Set();

channel.onopen = (userid) => {
  people.add(userid);
  document.getElementById("log").dataset.people = Object.keys(channel.channels).length + 1;
  tell(`Connected to ${people.size} other ${people.size === 1 ? "window" : "windows"}.`);
  enable("text", "send");
};
channel.onmessage = (text, userid) => log(text, { from: userid });
channel.onleave = (userid) => log(`${userid} has left.`);
channel.onclose = () => log("A window has gone.");
channel.onerror = () => {};

letType((text) => channel.send(text));
