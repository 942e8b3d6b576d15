/** Pictures and videos from this device: chosen in a dialog, dropped on the stage, or pasted. */

import { byId } from "../shared/elements.js";

export class FileInput {
  #dialog = byId("files", HTMLInputElement);
  #onFiles;

  /**
   * @param {HTMLElement} stage where files may be dropped
   * @param {(files: File[]) => void} onFiles one or more
   */
  constructor(stage, onFiles) {
    this.#onFiles = onFiles;
    this.#dialog.addEventListener("change", () => {
      this.#take(this.#dialog.files);
      this.#dialog.value = ""; // The same file may be chosen again.
    });
    for (const button of document.querySelectorAll("[data-open-files]")) {
      button.addEventListener("click", () => this.#dialog.click());
    }
    document.addEventListener("paste", (event) => this.#take(event.clipboardData?.files));
    this.#acceptDrops(stage);
  }

  /** @param {HTMLElement} stage */
  #acceptDrops(stage) {
    // A file dropped beside the stage must not replace the page.
    for (const type of ["dragover", "drop"]) document.addEventListener(type, (event) => event.preventDefault());
    stage.addEventListener("dragover", ({ dataTransfer }) => {
      stage.toggleAttribute("data-drop", dataTransfer?.types.includes("Files"));
    });
    for (const type of ["dragleave", "drop"]) {
      stage.addEventListener(type, () => stage.toggleAttribute("data-drop", false));
    }
    stage.addEventListener("drop", (event) => this.#take(event.dataTransfer?.files));
  }

  /** @param {FileList | null | undefined} files */
  #take(files) {
    if (files && files.length > 0) this.#onFiles([...files]);
  }
}
