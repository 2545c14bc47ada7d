// What libraries of 2015 expect of a browser and no longer get. Loaded before them, not part of them.
(() => {
  // Streams as URLs: createObjectURL() gives a name, and whoever sets it as `src` gets the stream.
  const streams = new Map();
  const createObjectURL = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (object) => {
    if (!(object instanceof MediaStream)) return createObjectURL(object);
    const name = `stream:${object.id}`;
    streams.set(name, object);
    return name;
  };
  const src = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "src");
  Object.defineProperty(HTMLMediaElement.prototype, "src", {
    ...src,
    set(value) {
      if (streams.has(value)) this.srcObject = streams.get(value);
      else src.set.call(this, value);
    },
  });
  window.webkitURL ??= URL;

  // Their STUN and TURN servers are gone or not ours. A site names its own in `ownIceServers`.
  const iceServers = window.ownIceServers ?? [];
  const Connection = window.RTCPeerConnection;
  window.webkitRTCPeerConnection = class extends Connection {
    constructor(configuration) {
      super({ ...configuration, iceServers });
    }
  };
  navigator.webkitGetUserMedia ??= (constraints, onSuccess, onError) => {
    navigator.mediaDevices.getUserMedia(constraints).then(onSuccess, onError);
  };
})();
