export { EpollDriver } from "./epoll-driver.ts";
export { default } from "./factory.ts";
