/*
 * app: the one script of every page. Each part looks for what it is for and does nothing
 * where there is none; without any of them the pages work all the same.
 */
import { startManners } from "./behave.js";
import { startCompose } from "./compose.js";
import { startDrafts } from "./draft.js";
import { startFrames } from "./frame.js";
import { startKeyboard } from "./keyboard.js";
import { startLive } from "./live.js";
import { startOffline } from "./offline.js";
import { startQueue } from "./queue.js";
import { startSeen } from "./seen.js";
import { startTheme } from "./theme.js";
import { startUploads } from "./upload.js";

/* The live regions are remembered as they came, so this is first. One that fails (storage
   that is forbidden, say) does not take the others along. */
for (const start of [startLive, startManners, startUploads, startDrafts, startCompose,
    startFrames, startTheme, startKeyboard, startQueue, startOffline,
    startSeen]) {
    try {
        start();
    } catch (error) {
        console.error(error);
    }
}
