/** Which of the server's cameras are this browser's: the live page keeps their keys, the dashboard marks them. */

import { recall, remember } from "./settings.js";

const SETTING = "own_cameras";
const KEPT = 16;

/** @returns {string[]} the newest last */
export const recallOwnCameras = () => (recall(SETTING) ?? "").split(" ").filter(Boolean);

/** @param {string} key as `hello` gives it */
export const rememberOwnCamera = (key) => remember(SETTING, [...recallOwnCameras(), key].slice(-KEPT).join(" "));
