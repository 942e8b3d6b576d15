/** Files made in the browser for the person to keep: nothing of this is sent anywhere. */

/** @param {Blob} blob @param {string} name of what it is: the time and the ending are added @param {string} ending */
function download(blob, name, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `raut-${name}-${stamp(new Date())}.${ending}`;
  link.click();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {string} text @param {string} name */
export function keepTable(text, name) {
  download(new Blob([text], { type: "text/csv" }), name, "csv");
}

/** @param {HTMLCanvasElement} canvas @param {string} name */
export async function keepPicture(canvas, name) {
  const blob = await new Promise((/** @type {(blob: Blob | null) => void} */ resolve) =>
    canvas.toBlob(resolve, "image/png"),
  );
  if (blob) download(blob, name, "png");
}

/** Local time as file names have it: 2026-11-27-13-40-05. @param {Date} date */
function stamp(date) {
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate(), date.getHours(), date.getMinutes()];
  return [...parts, date.getSeconds()].map((part) => String(part).padStart(2, "0")).join("-");
}
