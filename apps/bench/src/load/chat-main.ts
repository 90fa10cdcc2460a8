import { ChatLoad } from "./chat-load.ts";
import type { ChatLoadSettings } from "./chat-settings.ts";
import { runLoadProgram } from "./load-program.ts";

runLoadProgram((settings: ChatLoadSettings) => new ChatLoad(settings));
