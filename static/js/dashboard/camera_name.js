/** What a camera is called. */

import { integer } from "../shared/format.js";
import { t } from "../shared/i18n.js";

/** @param {{number: number, name: string}} session */
export const cameraName = ({ number, name }) => name || t("session.name", { number: integer(number) });
