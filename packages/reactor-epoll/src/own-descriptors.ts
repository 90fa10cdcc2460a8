import {
  closeDescriptor,
  controlEpoll,
  createEpoll,
  createEventfd,
  createTimerfd,
  EPOLL_CTL_ADD,
  EPOLLET,
  EPOLLIN,
  systemError,
} from "@bascule/sys";

/** The descriptors that belong to a driver itself. */
export interface OwnDescriptors {
  readonly epollFd: number;
  /** Becomes readable when the host should turn; not in the epoll set. */
  readonly hostFd: number;
  readonly wakeFd: number;
  readonly timerFd: number;
}

/**
 * Opens a driver's own descriptors and has the epoll set watch two of them, edge-triggered: every
 * write makes a new edge, so that nobody ever needs to read them back to 0.
 *
 * @throws {Error} in Node's shape, with `code` `EMFILE`, `ENFILE` or `ENOMEM`; nothing stays open
 *   then
 */
export function openOwnDescriptors(): OwnDescriptors {
  const opened: number[] = [];
  try {
    const epollFd = keep(opened, "epoll_create1", createEpoll());
    const hostFd = keep(opened, "eventfd", createEventfd());
    const wakeFd = keep(opened, "eventfd", createEventfd());
    const timerFd = keep(opened, "timerfd_create", createTimerfd());
    for (const fd of [wakeFd, timerFd]) {
      const result = controlEpoll(epollFd, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLET, fd, 0);
      if (result < 0) throw systemError("epoll_ctl", result);
    }
    return { epollFd, hostFd, wakeFd, timerFd };
  } catch (error) {
    for (const fd of opened) closeDescriptor(fd);
    throw error;
  }
}

export function closeOwnDescriptors(own: OwnDescriptors): void {
  for (const fd of [own.timerFd, own.wakeFd, own.hostFd, own.epollFd]) closeDescriptor(fd);
}

function keep(opened: number[], syscall: string, result: number): number {
  if (result < 0) throw systemError(syscall, result);
  opened.push(result);
  return result;
}
