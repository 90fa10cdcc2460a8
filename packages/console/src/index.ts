export { metricsResponse, metricsText } from "./prometheus.ts";
export type { ConsoleReport } from "./report.ts";
export { serveByEnvironment, serveTop, type TopOptions, TopServer } from "./top-server.ts";
