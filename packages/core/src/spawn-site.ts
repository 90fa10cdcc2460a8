/**
 * Frames that a spawn site keeps: the spawning function of ours, and the program's that called it.
 */
export const SITE_FRAMES = 2;
