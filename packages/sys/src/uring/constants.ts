/** Flags of io_uring_setup(2). */
export const IORING_SETUP_CQSIZE = 0x8;
export const IORING_SETUP_CLAMP = 0x10;
export const IORING_SETUP_R_DISABLED = 0x40;
export const IORING_SETUP_SUBMIT_ALL = 0x80;
export const IORING_SETUP_COOP_TASKRUN = 0x100;
export const IORING_SETUP_TASKRUN_FLAG = 0x200;
export const IORING_SETUP_SINGLE_ISSUER = 0x1000;
export const IORING_SETUP_DEFER_TASKRUN = 0x2000;

/** Features that io_uring_setup(2) reports. */
export const IORING_FEAT_SINGLE_MMAP = 0x1;
export const IORING_FEAT_NODROP = 0x2;
export const IORING_FEAT_SUBMIT_STABLE = 0x4;
export const IORING_FEAT_FAST_POLL = 0x20;
export const IORING_FEAT_EXT_ARG = 0x100;
export const IORING_FEAT_CQE_SKIP = 0x800;

/** Flags of io_uring_enter(2). */
export const IORING_ENTER_GETEVENTS = 0x1;
export const IORING_ENTER_EXT_ARG = 0x8;
export const IORING_ENTER_REGISTERED_RING = 0x10;

/** Bits of the submission queue's flags word, which the kernel sets. */
export const IORING_SQ_CQ_OVERFLOW = 0x2;
export const IORING_SQ_TASKRUN = 0x4;

/** Bit of the completion queue's flags word, which we set: no eventfd signals while it is there. */
export const IORING_CQ_EVENTFD_DISABLED = 0x1;

/** Bits of a completion's flags. */
export const IORING_CQE_F_BUFFER = 0x1;
export const IORING_CQE_F_MORE = 0x2;
export const IORING_CQE_F_SOCK_NONEMPTY = 0x4;
/** The buffer's number is above this many bits of a completion's flags. */
export const IORING_CQE_BUFFER_SHIFT = 16;

/** What io_uring_register(2) registers. */
export const IORING_REGISTER_EVENTFD = 4;
export const IORING_UNREGISTER_EVENTFD = 5;
export const IORING_REGISTER_PROBE = 8;
export const IORING_REGISTER_IOWQ_MAX_WORKERS = 19;
export const IORING_REGISTER_RING_FDS = 20;
export const IORING_UNREGISTER_RING_FDS = 21;
export const IORING_REGISTER_PBUF_RING = 22;
export const IORING_UNREGISTER_PBUF_RING = 23;
export const IORING_REGISTER_SYNC_CANCEL = 24;
