/** `window.raut`: the page's own figures, read-only, for tests and benchmarks. */

import { percentile } from "../shared/stats.js";

/**
 * @param {object} parts
 * @param {import("./session_metrics.js").SessionMetrics} parts.metrics
 * @param {import("./overlay.js").Overlay} parts.overlay
 * @param {import("./camera.js").Camera} parts.camera
 * @param {import("./connection.js").Connection} parts.connection
 * @param {import("./frame_loop.js").FrameLoop} parts.loop
 * @param {import("./encoder.js").FrameEncoder} parts.encoder
 * @param {import("./adaptation.js").Adaptation} parts.adaptation
 */
export function installTestHooks({ metrics, overlay, camera, connection, loop, encoder, adaptation }) {
  const hooks = {
    /** Figures over the last seconds, 60 at most. */
    stats: (seconds = 10) => ({
      ...metrics.snapshot(performance.now(), seconds),
      overlay_draw_ms: { p50: percentile(overlay.costs, 50), p95: percentile(overlay.costs, 95) },
      level: adaptation.level,
      frame: { ...loop.frame },
      light: loop.light,
      encoder: encoder.way,
    }),
    /** The points of the FPS chart, oldest first: seconds, and results per second or null for a gap. */
    history: () => ({ times: [...metrics.sampleTimes], rates: [...metrics.sampleRates] }),
    /** What the overlay shows at this moment, in CSS pixels of the stage. */
    overlay: () => ({ mirrored: overlay.mirrored, boxes: overlay.boxes.map((box) => ({ ...box })) }),
    /** State of the camera's track: "live", "ended", or null when no camera is open. */
    track: () => camera.track?.readyState ?? null,
    connection: () => connection.state,
    server: () => connection.hello && { ...connection.hello },
  };
  Object.defineProperty(window, "raut", { value: Object.freeze(hooks), enumerable: true });
}
