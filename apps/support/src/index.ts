export { announce } from "./announce.ts";
export {
  type CommandLine,
  joinValues,
  type OptionTable,
  type OptionValues,
  portFrom,
  readCommandLine,
  textFrom,
  UsageError,
} from "./command-line.ts";
export { explain } from "./explain.ts";
export { addressText, listeningLine } from "./listening-line.ts";
export { peerIsGone } from "./peer-is-gone.ts";
export { quiet } from "./quiet.ts";
export { runMain } from "./run-main.ts";
export { shutdownSignal } from "./shutdown-signal.ts";
export { DeafOutput } from "./testing/deaf-output.ts";
export { Peer, type PeerTarget } from "./testing/peer.ts";
export { Program, type ProgramEnd, type ProgramOptions } from "./testing/program.ts";
export { TextLog } from "./testing/text-log.ts";
