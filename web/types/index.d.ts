// Types of reliable-signaler-client. The text here is the reference of its API.
import type { ManagerOptions, Socket, SocketOptions } from "socket.io-client";

/** What a page's connection object needs: RTCMultiConnection, DataChannel, or any object of yours. */
export interface SignalingUser {
  /** Set by initReliableSignaler; the libraries of 2015 call it. */
  openSignalingChannel?(config: ChannelConfig): Channel;
  /** The default room of createNewRoomOnServer, and the default channel of openSignalingChannel. */
  channel?: string;
  /** Set by createNewRoomOnServer. */
  roomid?: string;
  /** Set by createNewRoomOnServer. */
  isInitiator?: boolean;
  /** Given a random value by the first request if it has none. */
  userid?: string;
  /**
   * Those to whom the page has peer connections, in anything that has a size or keys. A browser does not keep
   * such a page for the way back, so it gives up its seats when it goes, as does one that has opened a
   * channel; another keeps them.
   */
  peers?: { readonly size: number } | object;
}

export interface ChannelConfig {
  channel?: string;
  onopen?(): void;
  onmessage(message: any): void;
}

export interface Channel {
  channel: string;
  send(message: any): void;
}

export interface SignalerOptions {
  /** Shown to the server at every connect. A function is asked anew each time. */
  auth?: Record<string, unknown> | ((send: (auth: Record<string, unknown>) => void) => void);
  /**
   * Bounds of the time between two attempts to connect, in milliseconds: it doubles from `minMs`
   * (250) to `maxMs` (5000), with jitter. The server may suggest others.
   */
  backoff?: { minMs?: number; maxMs?: number };
  /**
   * How many emits that were never sent are kept (1000); then the oldest of them is `dropped`. What was
   * sent is kept until the server has taken it, and not dropped for that: when 10,000 are on their way
   * without a word, sending pauses.
   */
  queueLimit?: number;
  /**
   * After a reconnect: how long, in milliseconds (15,000), what was emitted waits for the page's seats
   * in rooms whose owner stays away. Then it is sent to those that the page has, and what is no
   * `message` is sent all the same, unless it would overtake one that was on its way when the connection
   * broke; with Infinity it all waits.
   */
  seatWaitMs?: number;
  /**
   * How long, in milliseconds (3,000), the server may say nothing when the page is online again, awake or
   * visible and the connection may have died meanwhile. Then the page connects anew.
   */
  probeMs?: number;
  /** Options for socket.io-client, such as `path` and `transports`. Reconnection is not its business. */
  io?: Partial<ManagerOptions & SocketOptions>;
}

export interface RequestOptions {
  /** Stops the waiting; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

export type DropReason =
  | "full"
  | "no-room"
  | "too-large"
  | "too-many-attachments"
  | "too-deep"
  | "malformed";

export interface SignalerEvents {
  /** The server can be reached. `recovered`: it still had all of this page's state. */
  connected(details: { first: boolean; recovered: boolean }): void;
  disconnected(details: { reason: string }): void;
  /** The next attempt is made after this delay, or at once when the network or the page comes back. */
  reconnecting(details: { attempt: number; delayMs: number; reason: string }): void;
  /** After a reconnect all rooms are held again, and what was emitted meanwhile goes out. */
  recovered(details: { rooms: string[] }): void;
  /**
   * Messages of others may be missing, between those heard before and those heard from now on. `reason`:
   * - `window`: the page was away for too long, or more was said than the server keeps;
   * - `restart`: the server has lost its memory, or knows this page no more (its token did not count), which
   *   then has another `id`, and whose own messages may have been heard twice by others;
   * - `reconnect`: the server does not speak our extension, and did not recover the connection.
   *
   * `rooms`: who is there now, this page included, if the server says so; `more`: how many of a large room
   * it does not name. A room of which no member is named is one of which nothing is known.
   */
  gap(details: {
    reason: string;
    rooms: { room: string; members: string[]; more?: number }[];
  }): void;
  /**
   * This emit will not be sent: too much was waiting, and it was the oldest (`full`); the page
   * has given up the last room for which it waited, or was refused it (`no-room`); or the server would not take it
   * and would end the connection instead, which is looked at when it is to be sent:
   * - `too-large`: its text, or one of its attachments, is larger than the server's `maxPayload` (1,000,000 bytes; by
   *   polling an attachment is a third larger on its way);
   * - `too-many-attachments`: it has more than 10;
   * - `too-deep`: it is nested deeper than 64 levels, its arguments being the first;
   * - `malformed`: it cannot be encoded, its event's name is neither a text nor a number, it has an object like
   *   that by which the protocol represents an attachment, beside real ones, or a listener of `socket.onAnyOutgoing`
   *   has thrown at it.
   */
  dropped(details: { event: string; args: unknown[]; reason: DropReason }): void;
  /** The server has refused something. Requests with a promise reject as well, unseen if nobody looks. */
  refused(error: SignalerError): void;
  /** Nothing is tried any more: closed by the page, or told to stay away by the server. */
  closed(details: { reason: string; error?: Error }): void;
}

export interface Signaler {
  /**
   * The same object for the life of the page, whatever happens to the connection. What is emitted
   * while it is down is kept and sent afterwards, in order. What is `volatile` is sent at once or never,
   * and not again; nor is what has timed out.
   *
   * An answer that was lost with the connection is not repeated: when the server had taken the event, its
   * callback is called without values (with null alone where an error would come first), and the promise of
   * `emitWithAck` resolves with undefined.
   *
   * A `message` goes to the rooms in which the page sits when it is sent. A page that wants a room and
   * sits in none keeps its messages until it has its first seat. One that sits in a room and asks for
   * another keeps them until that is answered, but a second at most. Other events do not wait for seats.
   *
   * Requests about rooms that a page emits itself (`keep-in-server`, `keep-session`, `get-session-info`,
   * `leave-room`, `cancel-wait`) are those of the methods below, answered as the original answered them.
   */
  readonly socket: Socket;
  readonly state: "connecting" | "connected" | "reconnecting" | "closed";
  /**
   * The public id of this page, as in the rosters of `gap`: the same over reconnects and restarts of
   * the server. Undefined until a server that speaks our extension has told it.
   */
  readonly id: string | undefined;
  /** How many emits are kept. */
  readonly queued: number;

  /** Opens a room and holds it open, over every reconnect, until the page leaves it. */
  createNewRoomOnServer(roomid: string | undefined, options?: RequestOptions): Promise<string>;
  createNewRoomOnServer(
    roomid: string | undefined,
    callback: () => void,
    options?: RequestOptions,
  ): void;

  /** Asks for a room: answered, once, as soon as it is open. */
  getRoomFromServer(roomid: string, options?: RequestOptions): Promise<string>;
  getRoomFromServer(
    roomid: string,
    callback: (roomid: string) => void,
    options?: RequestOptions,
  ): void;

  /**
   * Gives up a room or the waiting for it. A server without our extension forgets only those who
   * disconnect, so there the page leaves altogether and comes back to its other rooms.
   */
  leaveRoom(roomid: string): Promise<void>;

  /** Leaves everything and stays away until connect() or the next request. */
  close(): void;
  connect(): void;

  on<E extends keyof SignalerEvents>(event: E, listener: SignalerEvents[E]): Signaler;
  once<E extends keyof SignalerEvents>(event: E, listener: SignalerEvents[E]): Signaler;
  off<E extends keyof SignalerEvents>(event: E, listener?: SignalerEvents[E]): Signaler;
}

/**
 * @param connection gets its `openSignalingChannel`; required.
 * @param url the server; the page's own if omitted.
 */
export function initReliableSignaler(
  connection: SignalingUser,
  url?: string,
  options?: SignalerOptions,
): Signaler;

export class SignalerError extends Error {
  /** `closed`, `left`, `dropped`, or a code of the server such as `room-taken`. */
  readonly code: string;
  readonly event?: string;
  readonly room?: string;
  constructor(code: string, message: string, about?: { event?: string; room?: string });
}

declare global {
  interface Window {
    initReliableSignaler: typeof initReliableSignaler;
  }
}
