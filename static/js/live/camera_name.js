/** The name by which the dashboard calls this camera; kept on this device, and told to the server. */

import { byId } from "../shared/elements.js";
import { rememberOwnCamera } from "../shared/own_cameras.js";
import { recall, remember } from "../shared/settings.js";

const SETTING = "camera_name";

/** @param {import("./connection.js").Connection} connection */
export function offerCameraName(connection) {
  const field = byId("camera-name", HTMLInputElement);
  field.value = recall(SETTING) ?? "";
  field.addEventListener("change", () => {
    remember(SETTING, field.value);
    connection.nameCamera(field.value);
  });
  connection.addEventListener("hello", () => {
    if (connection.hello) rememberOwnCamera(connection.hello.key);
    if (field.value) connection.nameCamera(field.value);
  });
}
