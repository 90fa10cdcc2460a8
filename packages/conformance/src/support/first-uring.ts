/** What sockets use of io_uring that came after its first version, by the names of `without`. */
export const SINCE_THE_FIRST_URING: readonly string[] = [
  "submit-all",
  "coop-taskrun",
  "single-issuer",
  "defer-taskrun",
  "ext-arg",
  "buffer-ring",
  "multishot-recv",
  "multishot-accept",
  "multishot-poll",
  "silent-sends",
];
