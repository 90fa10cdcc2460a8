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
export { AioPoll } from "./aio-poll.ts";
export { BLOCKING_THREADS_DEFAULT, BlockingCalls, IN_POOL } from "./blocking/blocking-calls.ts";
export type { CallFrame, CallSink } from "./blocking/blocking-calls.ts";
export { blockingPool } from "./blocking/blocking-pool.ts";
export type { BlockingPool } from "./blocking/blocking-pool.ts";
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
  DT_BLK,
  DT_CHR,
  DT_DIR,
  DT_FIFO,
  DT_LNK,
  DT_REG,
  DT_SOCK,
  DT_UNKNOWN,
  visitDirectory,
} from "./directory-entries.ts";
export type { DirectoryVisitor } from "./directory-entries.ts";
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
  ELOOP,
  ENOTEMPTY,
  ENAMETOOLONG,
  EROFS,
  ESPIPE,
  EFBIG,
  EISDIR,
  ENOTDIR,
  EXDEV,
  ENXIO,
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
  EMSGSIZE,
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
export {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  AT_SYMLINK_NOFOLLOW,
  F_OK,
  FALLOC_FL_KEEP_SIZE,
  FALLOC_FL_PUNCH_HOLE,
  FALLOC_FL_ZERO_RANGE,
  FSYNC_DATASYNC,
  O_APPEND,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_DSYNC,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_PATH,
  O_RDONLY,
  O_RDWR,
  O_SYNC,
  O_TMPFILE,
  O_TRUNC,
  O_WRONLY,
  R_OK,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  SEEK_DATA,
  SEEK_HOLE,
  UTIME_NOW,
  UTIME_OMIT,
  W_OK,
  X_OK,
} from "./file-flags.ts";
export {
  decodeStatus,
  encodeFileTimes,
  FILE_TIMES_BYTES,
  inodeOfStatus,
  STATX_ALL,
  STATX_BASIC_STATS,
  STATX_BYTES,
} from "./file-status.ts";
export type { FileStatus, FileTime } from "./file-status.ts";
export {
  addInotifyWatch,
  createInotify,
  decodeInotifyEvents,
  IN_ACCESS,
  IN_ATTRIB,
  IN_CLOSE_WRITE,
  IN_CREATE,
  IN_DELETE,
  IN_DELETE_SELF,
  IN_DONT_FOLLOW,
  IN_IGNORED,
  IN_ISDIR,
  IN_MODIFY,
  IN_MOVE_SELF,
  IN_MOVED_FROM,
  IN_MOVED_TO,
  IN_ONLYDIR,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  INOTIFY_EVENT_BYTES_MAX,
  removeInotifyWatch,
} from "./inotify.ts";
export type { InotifyEvent } from "./inotify.ts";
export { createEventfd, drainCounter, signalEventfd } from "./eventfd.ts";
export { kernelRelease, parseRelease, uringDisabledSetting } from "./kernel.ts";
export type { KernelRelease } from "./kernel.ts";
export { LibraryMissingError } from "./library.ts";
export { openRemoteUnpark, type RemoteUnpark } from "./remote-unpark.ts";
export { getResourceLimit, RLIMIT_MEMLOCK, RLIMIT_NOFILE, setResourceLimit } from "./limits.ts";
export type { ResourceLimit } from "./limits.ts";
export {
  addressOf,
  addressOfBytes,
  allocateBuffer,
  allocateBytes,
  FIXED_BYTES_MIN,
  mapMemory,
} from "./memory.ts";
export type { MappedMemory } from "./memory.ts";
export {
  encodeMessage,
  encodeMessageRoom,
  MESSAGE_HEADER_BYTES,
  messageSender,
} from "./message-header.ts";
export type { MessageHeader } from "./message-header.ts";
export { setMembership } from "./multicast.ts";
export { accept, acceptOnce, isTransientAcceptResult } from "./operations/accept.ts";
export { encodeCancel } from "./operations/cancel.ts";
export { close } from "./operations/close.ts";
export { connect } from "./operations/connect.ts";
export { accessAt } from "./operations/access.ts";
export { chmodAt } from "./operations/chmod.ts";
export { chownAt } from "./operations/chown.ts";
export { copyRange } from "./operations/copy-range.ts";
export { fallocate } from "./operations/fallocate.ts";
export { INLINE_BYTES_MAX } from "./operations/file-attempt.ts";
export { fsync } from "./operations/fsync.ts";
export { linkAt } from "./operations/link.ts";
export type { Machine } from "./operations/machine.ts";
export { mkdirAt } from "./operations/mkdir.ts";
export { nop } from "./operations/nop.ts";
export { openAt } from "./operations/open.ts";
export {
  NO_OPCODE,
  READINESS_NONE,
  READINESS_READABLE,
  READINESS_WRITABLE,
  WOULD_BLOCK,
} from "./operations/operation-kind.ts";
export type {
  Attempt,
  Encode,
  EncodeCall,
  OperationFrame,
  OperationKind,
  Readiness,
  Simulate,
} from "./operations/operation-kind.ts";
export { poll, POLLERR, POLLHUP, POLLIN, pollOnce, POLLOUT, POLLRDHUP } from "./operations/poll.ts";
export { readAt, readDirectAt } from "./operations/read-at.ts";
export { readDirectory } from "./operations/read-directory.ts";
export { readlinkAt } from "./operations/readlink.ts";
export { read, write } from "./operations/read.ts";
export { recv, recvInto, recvOnce } from "./operations/recv.ts";
export { receiveMessage } from "./operations/receive-message.ts";
export { renameAt } from "./operations/rename.ts";
export { seekAt } from "./operations/seek.ts";
export { encodeSilentSend, send } from "./operations/send.ts";
export { sendMessage } from "./operations/send-message.ts";
export { shutdown } from "./operations/shutdown.ts";
export { statAt } from "./operations/stat.ts";
export { symlinkAt } from "./operations/symlink.ts";
export { truncateAt } from "./operations/truncate.ts";
export { unlinkAt } from "./operations/unlink.ts";
export { utimesAt } from "./operations/utimes.ts";
export { writeAt, writeDirectAt } from "./operations/write-at.ts";
export {
  forbidSystemCalls,
  SYS_IO_URING_ENTER,
  SYS_IO_URING_REGISTER,
  SYS_IO_URING_SETUP,
} from "./seccomp.ts";
export { SYS } from "./system-calls.ts";
export { movePosition, moveToEnd } from "./seek.ts";
export {
  getSocketOption,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_TTL,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_LOOP,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  peerCredentials,
  setKeepAlive,
  setLinger,
  setSocketOption,
  SO_BROADCAST,
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
export type { KeepAliveOptions, PeerCredentials } from "./socket-options.ts";
export {
  bindSocket,
  createSocket,
  createSocketPair,
  listenSocket,
  localAddress,
  MSG_CMSG_CLOEXEC,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  MSG_PEEK,
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
export { armTimerfd, armTimerfdAt, createTimerfd, disarmTimerfd } from "./timerfd.ts";
export { BufferRing } from "./uring/buffer-ring.ts";
export type { BufferRingOptions } from "./uring/buffer-ring.ts";
export {
  IORING_CQ_EVENTFD_DISABLED,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  IORING_CQE_F_MORE,
  IORING_CQE_F_SOCK_NONEMPTY,
  IORING_ENTER_EXT_ARG,
  IORING_ENTER_GETEVENTS,
  IORING_FEAT_CQE_SKIP,
  IORING_FEAT_EXT_ARG,
  IORING_FEAT_FAST_POLL,
  IORING_FEAT_NODROP,
  IORING_FEAT_SINGLE_MMAP,
  IORING_FEAT_SUBMIT_STABLE,
  IORING_SETUP_CLAMP,
  IORING_SETUP_COOP_TASKRUN,
  IORING_SETUP_CQSIZE,
  IORING_SETUP_DEFER_TASKRUN,
  IORING_SETUP_R_DISABLED,
  IORING_SETUP_SINGLE_ISSUER,
  IORING_SETUP_SUBMIT_ALL,
  IORING_SETUP_TASKRUN_FLAG,
  IORING_SQ_CQ_OVERFLOW,
  IORING_SQ_TASKRUN,
} from "./uring/constants.ts";
export {
  CQE_FLAGS_WORD,
  CQE_RESULT_WORD,
  CQE_WORDS,
  entryHeader,
  SQE_USER_DATA_WORD,
  SQE_WORDS,
  writeEntry,
} from "./uring/entry.ts";
export { liburingProblem } from "./uring/liburing.ts";
export {
  IORING_ASYNC_CANCEL_ALL,
  IORING_ASYNC_CANCEL_ANY,
  IORING_ASYNC_CANCEL_FD,
  IORING_OP_ACCEPT,
  IORING_OP_ASYNC_CANCEL,
  IORING_OP_CLOSE,
  IORING_OP_CONNECT,
  IORING_OP_FALLOCATE,
  IORING_OP_FSYNC,
  IORING_OP_FTRUNCATE,
  IORING_OP_LINKAT,
  IORING_OP_MKDIRAT,
  IORING_OP_OPENAT,
  IORING_OP_READ,
  IORING_OP_RENAMEAT,
  IORING_OP_STATX,
  IORING_OP_SYMLINKAT,
  IORING_OP_UNLINKAT,
  IORING_OP_WRITE,
  IORING_OP_NOP,
  IORING_OP_POLL_ADD,
  IORING_OP_RECV,
  IORING_OP_RECVMSG,
  IORING_OP_SEND,
  IORING_OP_SEND_ZC,
  IORING_OP_SENDMSG,
  IORING_OP_SHUTDOWN,
  IOSQE_ASYNC,
  IOSQE_CQE_SKIP_SUCCESS,
  IOSQE_IO_LINK,
} from "./uring/opcodes.ts";
export {
  cancelSynchronously,
  limitWorkers,
  probeOpcodes,
  registerEventfd,
  unregisterEventfd,
} from "./uring/register.ts";
export type { SyncCancelTarget } from "./uring/register.ts";
export { UringMemory } from "./uring/uring-memory.ts";
export type { UringOptions } from "./uring/uring-memory.ts";
export { watchWithThread } from "./watch-with-thread.ts";
export type { ThreadWatch } from "./watch-with-thread.ts";
