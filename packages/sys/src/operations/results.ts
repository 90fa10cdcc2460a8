/** Results that the attempt forms look at, as they come back from a system call: `-errno`. */
export const INTERRUPTED = -4;
export const AGAIN = -11;
