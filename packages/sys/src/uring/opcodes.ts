/** `IORING_OP_*`: what a submission queue entry asks for. See io_uring_enter(2). */
export const IORING_OP_NOP = 0;
export const IORING_OP_FSYNC = 3;
export const IORING_OP_POLL_ADD = 6;
export const IORING_OP_SENDMSG = 9;
export const IORING_OP_RECVMSG = 10;
export const IORING_OP_ACCEPT = 13;
export const IORING_OP_ASYNC_CANCEL = 14;
export const IORING_OP_CONNECT = 16;
export const IORING_OP_FALLOCATE = 17;
export const IORING_OP_OPENAT = 18;
export const IORING_OP_CLOSE = 19;
export const IORING_OP_STATX = 21;
export const IORING_OP_READ = 22;
export const IORING_OP_WRITE = 23;
export const IORING_OP_SEND = 26;
export const IORING_OP_RECV = 27;
export const IORING_OP_SHUTDOWN = 34;
export const IORING_OP_RENAMEAT = 35;
export const IORING_OP_UNLINKAT = 36;
export const IORING_OP_MKDIRAT = 37;
export const IORING_OP_SYMLINKAT = 38;
export const IORING_OP_LINKAT = 39;
export const IORING_OP_FTRUNCATE = 55;
/** Came with Linux 6.0, as multishot recv did: the probe shows opcodes only, not their flags. */
export const IORING_OP_SEND_ZC = 47;

/** Flags of a submission queue entry: `IOSQE_*`. */
export const IOSQE_IO_LINK = 0x4;
export const IOSQE_ASYNC = 0x10;
export const IOSQE_BUFFER_SELECT = 0x20;
export const IOSQE_CQE_SKIP_SUCCESS = 0x40;

/** In `ioprio` of accept, since Linux 5.19. */
export const IORING_ACCEPT_MULTISHOT = 0x1;
/** In `ioprio` of recv, since Linux 6.0. */
export const IORING_RECV_MULTISHOT = 0x2;
/** In `len` of poll. */
export const IORING_POLL_ADD_MULTI = 0x1;

/** Flags of ASYNC_CANCEL and of the synchronous cancel. */
export const IORING_ASYNC_CANCEL_ALL = 0x1;
export const IORING_ASYNC_CANCEL_FD = 0x2;
export const IORING_ASYNC_CANCEL_ANY = 0x4;
