// The package as an ES module. See types/index.d.ts.
export { SignalerError } from "./errors.js";
export { initReliableSignaler } from "./init.js";
