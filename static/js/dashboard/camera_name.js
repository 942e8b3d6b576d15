/** What a camera is called, and whether it is this browser's. */

import { integer } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { recallOwnCameras } from "../shared/own_cameras.js";

/** @param {{number: number, name: string}} session */
export const cameraName = ({ number, name }) => name || t("session.name", { number: integer(number) });

/** @param {{key: string}} session */
export const isOwn = ({ key }) => recallOwnCameras().includes(key);
