import { EchoLoad } from "./echo-load.ts";
import type { EchoLoadSettings } from "./echo-settings.ts";
import { runLoadProgram } from "./load-program.ts";

runLoadProgram((settings: EchoLoadSettings) => new EchoLoad(settings));
