/** The settings sheet: size and quality of the frames, the page's colours, shortcuts. Remembered, and settable in the page's address. */

import { byId, setText } from "../shared/elements.js";
import { confidence } from "../shared/format.js";
import { t } from "../shared/i18n.js";
import { recall, remember } from "../shared/settings.js";
import { chooseTheme, theme } from "../shared/theme.js";
import { closeOnBackdrop } from "./help.js";
import { SHORTCUTS } from "./shortcuts.js";

/** What the camera is asked for while the size is left to the page. */
const USUAL_SIZE = { width: 640, height: 480 };

/** Fires `size` when another size of picture is wanted. */
export class SettingsSheet extends EventTarget {
  #adaptation;
  #sheet = byId("settings", HTMLDialogElement);
  #size = byId("setting-size", HTMLSelectElement);
  #quality = byId("setting-quality", HTMLSelectElement);
  #now = byId("settings-now");

  /** @param {import("./adaptation.js").Adaptation} adaptation */
  constructor(adaptation) {
    super();
    this.#adaptation = adaptation;
    byId("settings-open").addEventListener("click", () => this.#sheet.showModal());
    closeOnBackdrop(this.#sheet);
    this.#keep(this.#size, "size", () => this.dispatchEvent(new Event("size")));
    this.#keep(this.#quality, "quality");
    this.#adapt();
    this.#offerThemes();
    this.#offerShortcuts();
  }

  /** The size to ask the camera for. */
  get cameraSize() {
    return sizeOf(this.#size.value) ?? USUAL_SIZE;
  }

  /** What is sent at this moment, and why. @param {{width: number, height: number}} frame */
  say(frame) {
    if (!this.#sheet.open || !frame.width) return;
    const { quality } = this.#adaptation.settings;
    setText(this.#now, t("settings.now", { ...frame, quality: confidence(quality), why: this.#why() }));
  }

  #why() {
    if (this.#adaptation.fixed) return t("settings.why.chosen");
    return t(`settings.why.${this.#adaptation.bottleneck ?? "fast"}`);
  }

  /** @param {HTMLSelectElement} list @param {string} name @param {() => void} [onChange] */
  #keep(list, name, onChange) {
    const known = recall(name);
    if ([...list.options].some(({ value }) => value === known)) list.value = /** @type {string} */ (known);
    list.addEventListener("change", () => {
      remember(name, list.value);
      this.#adapt();
      onChange?.();
    });
  }

  #adapt() {
    const size = sizeOf(this.#size.value);
    const quality = Number(this.#quality.value);
    this.#adaptation.choose({
      maxSide: size ? Math.max(size.width, size.height) : null,
      quality: Number.isFinite(quality) ? quality : null,
    });
  }

  #offerThemes() {
    const list = byId("setting-theme", HTMLSelectElement);
    list.value = theme();
    list.addEventListener("change", () => chooseTheme(/** @type {import("../shared/theme.js").Theme} */ (list.value)));
  }

  #offerShortcuts() {
    const box = byId("setting-shortcuts", HTMLInputElement);
    box.checked = recall(SHORTCUTS) !== "off";
    box.addEventListener("change", () => remember(SHORTCUTS, box.checked ? "on" : "off"));
  }
}

/** @param {string} text as "1280x720" @returns {{width: number, height: number} | null} null for "auto" */
function sizeOf(text) {
  const [width, height] = text.split("x").map(Number);
  return height ? { width, height } : null;
}
