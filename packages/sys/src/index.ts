export {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  decodeSocketAddress,
  encodeSocketAddress,
  familyNumber,
  SOCKET_ADDRESS_BYTES_MAX,
} from "./address.ts";
export type { InternetAddress, SocketAddress, UnixAddress } from "./address.ts";
export {
  closeDescriptor,
  createPipe,
  descriptorFlags,
  duplicateDescriptor,
  FD_CLOEXEC,
  O_CLOEXEC,
  O_NONBLOCK,
  readDescriptor,
  setStatusFlags,
  statusFlags,
  writeDescriptor,
} from "./descriptors.ts";
export type { DescriptorPair } from "./descriptors.ts";
export {
  controlEpoll,
  createEpoll,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLL_DATA_WORD,
  EPOLL_EVENT_WORDS,
  EPOLLERR,
  EpollEvents,
  EPOLLET,
  EPOLLEXCLUSIVE,
  EPOLLHUP,
  EPOLLIN,
  EPOLLONESHOT,
  EPOLLOUT,
  EPOLLPRI,
  EPOLLRDHUP,
  waitEpoll,
} from "./epoll.ts";
export {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EAGAIN,
  EALREADY,
  EBADF,
  EBADFD,
  EBUSY,
  ECANCELED,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EEXIST,
  EFAULT,
  EHOSTDOWN,
  EHOSTUNREACH,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EIO,
  EISCONN,
  EMFILE,
  ENETDOWN,
  ENETUNREACH,
  ENFILE,
  ENOBUFS,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENONET,
  ENOPROTOOPT,
  ENOSPC,
  ENOSYS,
  ENOTCONN,
  ENOTSOCK,
  EOPNOTSUPP,
  EOVERFLOW,
  EPERM,
  EPIPE,
  EPROTO,
  errnoMessage,
  errnoName,
  ETIME,
  ETIMEDOUT,
} from "./errno.ts";
export { createEventfd, drainEventfd, signalEventfd } from "./eventfd.ts";
export { LibraryMissingError } from "./library.ts";
export { addressOf, mapMemory } from "./memory.ts";
export type { MappedMemory } from "./memory.ts";
export { accept, acceptOnce, isTransientAcceptResult } from "./operations/accept.ts";
export { encodeCancel } from "./operations/cancel.ts";
export { close } from "./operations/close.ts";
export { connect } from "./operations/connect.ts";
export { nop } from "./operations/nop.ts";
export {
  READINESS_NONE,
  READINESS_READABLE,
  READINESS_WRITABLE,
  WOULD_BLOCK,
} from "./operations/operation-kind.ts";
export type {
  Attempt,
  Encode,
  OperationFrame,
  OperationKind,
  Readiness,
} from "./operations/operation-kind.ts";
export { poll, POLLERR, POLLHUP, POLLIN, pollOnce, POLLOUT, POLLRDHUP } from "./operations/poll.ts";
export { recv, recvInto, recvOnce } from "./operations/recv.ts";
export { send } from "./operations/send.ts";
export { shutdown } from "./operations/shutdown.ts";
export {
  getSocketOption,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  setKeepAlive,
  setLinger,
  setSocketOption,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_RCVBUF,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SOL_SOCKET,
  takeSocketError,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_NODELAY,
} from "./socket-options.ts";
export type { KeepAliveOptions } from "./socket-options.ts";
export {
  bindSocket,
  createSocket,
  createSocketPair,
  listenSocket,
  localAddress,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
  MSG_WAITALL,
  peerAddress,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  shutdownSocket,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from "./sockets.ts";
export { systemError } from "./system-error.ts";
export type { SystemCallError } from "./system-error.ts";
