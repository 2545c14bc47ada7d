// The package as a script: defines initReliableSignaler, and io if the page has none.
import { io } from "socket.io-client";
import { SignalerError } from "./errors.js";
import { initReliableSignaler } from "./init.js";

globalThis.initReliableSignaler = initReliableSignaler;
globalThis.SignalerError = SignalerError;
globalThis.io ??= io;
