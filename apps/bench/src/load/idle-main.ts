import { IdleLoad } from "./idle-load.ts";
import type { IdleLoadSettings } from "./idle-settings.ts";
import { runLoadProgram } from "./load-program.ts";

runLoadProgram((settings: IdleLoadSettings) => new IdleLoad(settings));
